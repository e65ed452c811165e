using System.Security.Cryptography;

namespace TursoWorld.LibSql.Sessions;

/// <summary>Waits for the write lock: short at first, then longer, and never in step with others.</summary>
internal sealed class Backoff(TimeProvider timeProvider, TimeSpan limit)
{
    private const int FirstMs = 10;

    private const int LongestMs = 250;

    private readonly long _begin = timeProvider.GetTimestamp();

    private int _next = FirstMs;

    /// <summary>Whether a statement failed because another connection holds the lock.</summary>
    public static bool IsBusy(LibSqlStepResult result) => result.ServerError?.Code == "SQLITE_BUSY";

    /// <summary>Waits until the next attempt.</summary>
    /// <returns>False, at once, when there is no time left for one.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        var delay = TimeSpan.FromMilliseconds(_next * RandomNumberGenerator.GetInt32(500, 1_000) / 1_000.0);
        _next = Math.Min(_next * 2, LongestMs);
        if (limit != Timeout.InfiniteTimeSpan && timeProvider.GetElapsedTime(_begin) + delay >= limit)
        {
            return false;
        }

        await Task.Delay(delay, timeProvider, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
