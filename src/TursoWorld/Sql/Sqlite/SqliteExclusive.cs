using System.Data.Common;

namespace TursoWorld.Sql.Sqlite;

/// <summary>One exclusive transaction: a guard, the caller's statements, what is recorded about them, one commit.</summary>
internal sealed class SqliteExclusive(SqliteTransport transport, TimeProvider timeProvider, TimeSpan limit)
{
    public async Task<UnitResult> RunAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        CancellationToken cancellationToken,
        CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        if (await transport.BeginAsync(either.Token).ConfigureAwait(false) is { } refusal)
        {
            cancellationToken.ThrowIfCancellationRequested(); // nobody waits for the lock any more: that is no failure
            return refusal;
        }

        try
        {
            var guarded = transport.Execute(new Unit { Guard = guard });
            if (!guarded.IsCommitted)
            {
                return guarded;
            }

            var statements = await RunBodyAsync(body, cancellationToken).ConfigureAwait(false);
            if (transport.Session.IsAutocommit)
            {
                throw new InvalidOperationException(
                    "The transaction of a transactional step ended before the step did. Leave BEGIN, COMMIT and ROLLBACK to it.");
            }

            var recorded = transport.Execute(new Unit(statements));
            return recorded.IsCommitted ? transport.Commit() ?? recorded : recorded;
        }
        finally
        {
            transport.Rollback(); // does nothing after a commit
        }
    }

    private async Task<IReadOnlyList<SqlStatement>> RunBodyAsync(
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var token = both.Token;
        using var connection = new EnlistedConnection(transport.Session.Connection, () => !transport.Session.IsAutocommit);
        transport.Session.InterruptWhen(() => token.IsCancellationRequested);
        transport.Session.IsConfined = true;
        try
        {
            var running = Task.Run(
                () => ExclusiveTransaction.RunInsideAsync(() => body(connection, token)), CancellationToken.None);

            // Of a body that goes on without being waited for, nobody else looks at what it throws.
            _ = running.ContinueWith(
                static left => left.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return await running.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is not TimeoutException && timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"A transactional step took longer than {limit.TotalSeconds:0.#} seconds.", exception);
        }
        finally
        {
            // A body that does not listen goes on; from here on its connection refuses.
            connection.End();
            transport.Session.InterruptWhen(null);
            transport.Session.IsConfined = false;
        }
    }
}
