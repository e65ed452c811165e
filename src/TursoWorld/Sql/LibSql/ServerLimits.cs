namespace TursoWorld.Sql.LibSql;

/// <summary>How long a server is waited for.</summary>
/// <param name="Request">For the answer to one request.</param>
/// <param name="Bound">For a write, however often it has to be sent.</param>
internal sealed record ServerLimits(TimeSpan Request, TimeSpan Bound)
{
    public static ServerLimits Default { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
}
