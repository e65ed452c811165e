using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>Statements for the server, and what is to be known about them.</summary>
internal sealed record ServerCall(IReadOnlyList<WireStep> Steps)
{
    /// <summary>Where they run; null: on a stream of their own, which ends with them.</summary>
    public ServerStream? Stream { get; init; }

    /// <summary>Whether the stream ends with the call.</summary>
    public bool Closes { get; init; } = true;

    /// <summary>What it means when the answer is lost.</summary>
    public required LossEffect Effect { get; init; }

    public required TimeSpan Timeout { get; init; }
}
