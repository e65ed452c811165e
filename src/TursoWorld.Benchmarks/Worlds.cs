namespace TursoWorld.Benchmarks;

/// <summary>Opens worlds with default options, except for what a scenario is about.</summary>
internal static class Worlds
{
    /// <summary>A world that stores but does not process.</summary>
    /// <param name="database">Path of a file, or address of a server.</param>
    /// <param name="concurrency">Null for the default.</param>
    public static World Create(string database, int? concurrency = null) => WorldFactory.CreateWorld(new WorldOptions
    {
        DatabaseUrl = database.StartsWith("http:", StringComparison.Ordinal) ? database : "file:" + database,
        Concurrency = concurrency,
    });

    public static async Task<World> StartAsync(
        string database, WorkflowDefinition workflow, int? concurrency, CancellationToken cancellationToken)
    {
        var world = Create(database, concurrency);
        world.Register(workflow);
        await world.StartAsync(cancellationToken);
        return world;
    }
}
