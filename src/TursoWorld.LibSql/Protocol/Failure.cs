using System.Net;

namespace TursoWorld.LibSql.Protocol;

/// <summary>The facts of a failure, from which its exception is made.</summary>
internal sealed record Failure
{
    public int SqliteCode { get; init; }

    public int SqliteExtendedCode { get; init; }

    public string? ServerCode { get; init; }

    public string ServerMessage { get; init; } = "";

    public HttpStatusCode? HttpStatus { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public bool IsTransient { get; init; }

    public bool IsOutcomeUnknown { get; init; }

    public bool IsTransactionLost { get; init; }
}
