namespace TursoWorld.Sql.LibSql;

/// <summary>How a database on a server is used.</summary>
internal sealed record ServerSettings
{
    /// <summary>What the server's name for this process begins with; never used by another one.</summary>
    public required string WriterId { get; init; }

    /// <summary>The clock of the world: with a <see cref="ServerClock"/>, the time of the server is measured.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>How often the server is asked whether others have written.</summary>
    public required TimeSpan PollInterval { get; init; }

    public ServerLimits Limits { get; init; } = ServerLimits.Default;
}
