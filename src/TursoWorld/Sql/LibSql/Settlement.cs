namespace TursoWorld.Sql.LibSql;

/// <summary>What became of a flush whose answer was lost.</summary>
internal abstract record Settlement
{
    private Settlement()
    {
    }

    /// <summary>It was committed, but for these units.</summary>
    public sealed record Applied(IReadOnlySet<int> Refused) : Settlement;

    /// <summary>It was not committed, and never will be.</summary>
    public sealed record NotApplied : Settlement;

    /// <summary>The server does not know the writer any more, so nobody can tell.</summary>
    public sealed record Forgotten : Settlement;

    /// <summary>The server does not answer.</summary>
    public sealed record Open(SendFailure? Failure) : Settlement;
}
