using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Why a batch has no results.</summary>
/// <param name="Exception">What the provider says; null when the time was up.</param>
/// <param name="IsLost">Whether the server may have executed it.</param>
internal sealed record SendFailure(LibSqlException? Exception, bool IsLost)
{
    public bool IsTimeout => Exception is null;

    /// <summary>The server gave up writing the answer. What it did before that depends on how far it came.</summary>
    public bool IsTooLarge => Exception?.ServerCode == ServerErrors.ResponseTooLarge;

    public bool IsTransient => Exception?.IsTransient ?? true;

    public TimeSpan? RetryAfter => Exception?.RetryAfter;

    public static SendFailure Of(LibSqlException exception) =>
        new(exception, exception.IsOutcomeUnknown || exception.ServerCode == ServerErrors.ResponseTooLarge);

    public static SendFailure Timeout { get; } = new(Exception: null, IsLost: true);
}
