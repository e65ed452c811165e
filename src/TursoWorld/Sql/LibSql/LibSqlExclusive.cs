using System.Data.Common;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// One exclusive transaction on a stream of its own: a guard, the caller's statements, what is recorded about them, one commit.
/// It takes the number of a flush, so that a commit without an answer can be settled like one.
/// </summary>
internal sealed class LibSqlExclusive(
    ServerConnections server, LibSqlTransport transport, WriterLedger ledger, TimeProvider timeProvider, TimeSpan limit)
{
    public async Task<UnitResult> RunAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        CancellationToken cancellationToken,
        CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        if (await transport.BeginAsync(askedAt: 0, either.Token).ConfigureAwait(false) is { } refusal)
        {
            cancellationToken.ThrowIfCancellationRequested(); // nobody waits for it any more: that is no failure
            return refusal;
        }

        var connection = await server.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await RunAsync(connection, guard, body, cancellationToken, stopping).ConfigureAwait(false);
        }
    }

    private async Task<UnitResult> RunAsync(
        LibSqlConnection connection,
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        CancellationToken cancellationToken,
        CancellationToken stopping)
    {
        IReadOnlyList<SqlStatement> statements;
        UnitResult recorded;
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            try
            {
                if (await RunGuardAsync(connection, guard, cancellationToken).ConfigureAwait(false) is { } refusal)
                {
                    return refusal;
                }
            }
            catch (LibSqlException exception)
            {
                // Perhaps the number is not the next one any more. Settling finds that out before anything else is sent.
                ledger.Open();
                return ServerErrors.ToUnwritten(exception, server.Name);
            }

            statements = await RunBodyAsync(connection, body, cancellationToken).ConfigureAwait(false);
            try
            {
                recorded = await RecordAsync(connection, statements).ConfigureAwait(false);
            }
            catch (LibSqlException exception)
            {
                return ServerErrors.ToUnwritten(exception, server.Name);
            }

            return recorded.IsCommitted ? await CommitAsync(transaction, recorded, stopping).ConfigureAwait(false) : recorded;
        }
    }

    /// <returns>Null when the guard holds.</returns>
    private async Task<UnitResult?> RunGuardAsync(
        LibSqlConnection connection, SqlStatement guard, CancellationToken cancellationToken)
    {
        LibSqlStep[] steps = ledger.Next is { } claim
            ? [claim.ToStep(condition: null), ServerStatements.ToStep(guard, LibSqlCondition.Succeeded(0))]
            : [ServerStatements.ToStep(guard, condition: null)];
        var asked = ledger.OwnUtcNow;
        var results = await connection.ExecuteStepsAsync(steps, cancellationToken).ConfigureAwait(false);
        if (steps.Length > 1)
        {
            ledger.Observe(asked, FlushClaim.TimeOf(results[0]));
        }

        // A number that is refused ends the transaction, which the provider tells as an exception.
        return results[^1].Error is { } error ? ServerErrors.ToResult(error, server.Name) : null;
    }

    private async Task<IReadOnlyList<SqlStatement>> RunBodyAsync(
        LibSqlConnection connection,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        CancellationToken cancellationToken)
    {
        using var rules = new ServerStepRules();
        using var lent = new LentConnection(connection, rules);
        return await ExclusiveTransaction.RunAsync<IReadOnlyList<SqlStatement>>(
            token => () => body(lent, token), rules.EndAsync, limit, timeProvider, cancellationToken).ConfigureAwait(false);
    }

    private async Task<UnitResult> RecordAsync(LibSqlConnection connection, IReadOnlyList<SqlStatement> statements)
    {
        var steps = statements.Select((statement, i) => ServerStatements.ToStep(
            statement, i == 0 ? null : LibSqlCondition.Succeeded(i - 1))).ToArray();
        var results = steps.Length == 0
            ? []
            : await connection.ExecuteStepsAsync(steps, CancellationToken.None).ConfigureAwait(false);
        var failed = results.FirstOrDefault(static result => !result.Succeeded);
        return failed switch
        {
            null => UnitResult.Committed([.. statements.Zip(results, ServerStatements.ToRows)]),
            { Error: { } error } => ServerErrors.ToResult(error, server.Name),
            _ => ServerErrors.TransactionLost(server.Name),
        };
    }

    private async Task<UnitResult> CommitAsync(DbTransaction transaction, UnitResult recorded, CancellationToken stopping)
    {
        ledger.Open();
        try
        {
            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (LibSqlException exception) when (exception is { IsOutcomeUnknown: false, IsTransient: true })
        {
            ledger.Close(isUsed: false);
            return ServerErrors.ToUnwritten(exception, server.Name);
        }
        catch (LibSqlException exception)
        {
            return await SettleAsync(recorded, exception, stopping).ConfigureAwait(false);
        }

        ledger.Close(isUsed: true);
        transport.SignalCommitted();
        return recorded;
    }

    private async Task<UnitResult> SettleAsync(UnitResult recorded, LibSqlException exception, CancellationToken stopping) =>
        await transport.SettleAsync(stopping).ConfigureAwait(false) switch
        {
            Settlement.Applied => recorded,
            Settlement.NotApplied => ServerErrors.ToUnwritten(exception, server.Name),
            _ => ServerErrors.OutcomeUnknown(server.Name, exception),
        };
}
