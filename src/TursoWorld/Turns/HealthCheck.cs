using System.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;

namespace TursoWorld.Turns;

/// <summary>
/// Reads and writes once. Only a write tells whether there can be others: a server whose queue of writers hangs answers questions as ever.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="stalls">Tells why work waits.</param>
/// <param name="isServer">Whether it is on a server: the remedies differ.</param>
/// <param name="clock">Stamps what is written.</param>
/// <param name="watch">Measures how long is waited.</param>
internal sealed class HealthCheck(ISqlDatabase database, StallCheck stalls, bool isServer, TimeProvider clock, TimeProvider watch)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task<HealthReport> RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Stall> found = [];
        var (readTime, readFailure) = await TryAsync(
            async token => found = await stalls.FindAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        var (writeTime, writeFailure) = await TryAsync(WriteAsync, cancellationToken).ConfigureAwait(false);
        var failure = readFailure ?? writeFailure;
        return new HealthReport
        {
            CanRead = readFailure is null,
            CanWrite = writeFailure is null,
            ReadTime = readTime,
            WriteTime = writeTime,
            Reasons = [.. found.Select(stall => stall.Words)],
            Code = failure is TimeoutException ? CodeOfTimeout(readFailure is null) : (failure as WorldException)?.Code,
            Problem = failure is TimeoutException ? WordTimeout(readFailure is null) : failure?.Message,
        };
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var touch = new Unit(new SqlStatement(WriterSql.Touch, ("now", clock.GetUtcNow())));
        (await database.WriteAsync(touch, cancellationToken).ConfigureAwait(false)).ThrowUnlessCommitted();
    }

    private async Task<(TimeSpan Elapsed, Exception? Failure)> TryAsync(
        Func<CancellationToken, Task> access, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, watch);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        try
        {
            // A write that has begun is not given up, but it is not waited for either.
            await access(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return (Stopwatch.GetElapsedTime(began), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (Stopwatch.GetElapsedTime(began), new TimeoutException());
        }
        catch (WorldException exception)
        {
            return (Stopwatch.GetElapsedTime(began), exception);
        }
    }

    private string CodeOfTimeout(bool canRead) => (isServer, canRead) switch
    {
        (true, true) => ErrorCodes.DatabaseStalled,
        (true, false) => ErrorCodes.DatabaseUnavailable,
        _ => ErrorCodes.DatabaseBusy,
    };

    private string WordTimeout(bool canRead) => (isServer, canRead) switch
    {
        (true, true) => $"Database '{database.Name}' answers reads, and has left a write without an answer for {Limit.TotalSeconds} s. "
            + "If it stays so, its queue of writers hangs: restart the server (sqld).",
        (true, false) => $"Database '{database.Name}' has not answered for {Limit.TotalSeconds} s. Check that its server runs and can be reached.",
        _ => $"Database '{database.Name}' has been held by another program for {Limit.TotalSeconds} s. "
            + "Look for one that keeps a transaction open on this file.",
    };
}
