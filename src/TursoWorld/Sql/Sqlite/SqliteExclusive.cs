using System.Data.Common;

namespace TursoWorld.Sql.Sqlite;

/// <summary>One exclusive transaction: a guard, the caller's statements, what is recorded about them, one commit.</summary>
internal sealed class SqliteExclusive(SqliteTransport transport, TimeProvider timeProvider, TimeSpan limit, long askedAt)
{
    public async Task<UnitResult> RunAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        CancellationToken cancellationToken,
        CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        if (await transport.BeginAsync(askedAt, either.Token).ConfigureAwait(false) is { } refusal)
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
        var session = transport.Session;
        var rules = new SqliteStepRules(() => !session.IsAutocommit);
        using var connection = new LentConnection(session.Connection, rules);
        session.IsConfined = true;
        return await ExclusiveTransaction.RunAsync<IReadOnlyList<SqlStatement>>(
            token =>
            {
                session.InterruptWhen(() => token.IsCancellationRequested);
                return () => body(connection, token);
            },
            _ =>
            {
                rules.End();
                session.InterruptWhen(null);
                session.IsConfined = false;
                return Task.CompletedTask;
            },
            limit,
            timeProvider,
            cancellationToken).ConfigureAwait(false);
    }
}
