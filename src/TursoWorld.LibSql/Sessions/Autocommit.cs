using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Rows;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Sessions;

/// <summary>Executes statements outside a transaction: one round trip, on a stream that ends with them unless one is given.</summary>
internal sealed class Autocommit(LibSqlServer server)
{
    /// <param name="statements">What to execute.</param>
    /// <param name="mode">How rows come back, and how long to wait.</param>
    /// <param name="stream">A stream that is to live on, for statements that leave nothing open; null for one that ends with them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<RowSource> ExecuteAsync(
        IReadOnlyList<Statement> statements, ExecutionMode mode, ServerStream? stream, CancellationToken cancellationToken)
    {
        RequireWholeTransactions(statements);
        var call = new ServerCall(Chained(statements))
        {
            Stream = stream,
            Closes = stream is null,
            Effect = EffectOf(statements),
            Timeout = mode.Timeout,
        };
        if (mode.Streams == Streaming.Always)
        {
            return await OpenAsync(call, statements, cancellationToken).ConfigureAwait(false);
        }

        var answer = await PatientlyAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            return error.Code == "RESPONSE_TOO_LARGE" && mode.Streams == Streaming.WhenTooLarge
                && statements.All(statement => statement.Text.OnlyReads)
                ? await OpenAsync(call, statements, cancellationToken).ConfigureAwait(false)
                : throw LibSqlErrors.FromServer(error);
        }

        return new BufferedRows(answer.Steps, statements);
    }

    /// <param name="steps">What to execute.</param>
    /// <param name="stream">A stream that is to live on; null for one that ends with the steps.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<LibSqlStepResult>> ExecuteStepsAsync(
        IReadOnlyList<WireStep> steps, ServerStream? stream, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var call = new ServerCall(steps)
        {
            Stream = stream,
            Closes = stream is null,
            Effect = steps.Any(step => step.Statement.MayChange) ? LossEffect.OutcomeUnknown : LossEffect.Nothing,
            Timeout = timeout,
        };
        var answer = await server.ExecuteAsync(call, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            // It may have left a transaction open.
            await server.CloseAsync(stream ?? server.NewStream(), timeout).ConfigureAwait(false);
            throw LibSqlErrors.FromServer(error);
        }

        return answer.Steps;
    }

    // One after the other, up to the first failure, as a local database does it.
    private static WireStep[] Chained(IReadOnlyList<Statement> statements) => [..
        statements.Select((statement, index) =>
            statement.When(index == 0 ? null : LibSqlCondition.Succeeded(index - 1)))];

    private static LossEffect EffectOf(IReadOnlyList<Statement> statements) =>
        statements.Any(statement => statement.Text.MayChange) ? LossEffect.OutcomeUnknown : LossEffect.Nothing;

    // The stream ends with the text: a transaction that is begun in one text would be undone before the next one.
    private static void RequireWholeTransactions(IReadOnlyList<Statement> statements)
    {
        var isOpen = false;
        var savepoints = 0;
        foreach (var statement in statements)
        {
            switch (statement.Text.Kind)
            {
                case StatementKind.Begin:
                    isOpen = true;
                    break;
                case StatementKind.Commit or StatementKind.Rollback:
                    (isOpen, savepoints) = (false, 0);
                    break;
                case StatementKind.Savepoint when statement.Text.Keyword != "ROLLBACK":
                    savepoints += statement.Text.Keyword == "SAVEPOINT" ? 1 : -1;
                    break;
                default:
                    break;
            }
        }

        if (isOpen || savepoints > 0)
        {
            throw new InvalidOperationException(
                "The text begins a transaction that it does not end, and a libSQL server forgets it between two commands. "
                + "Use LibSqlConnection.BeginTransaction.");
        }
    }

    // A first statement that did not get the lock has done nothing, and the others have not run.
    private async Task<PipelineAnswer> PatientlyAsync(ServerCall call, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(server.TimeProvider, call.Timeout);
        while (true)
        {
            var answer = await server.ExecuteAsync(call, cancellationToken).ConfigureAwait(false);
            if (answer.Steps is not [var first, ..] || !Backoff.IsBusy(first)
                || !await backoff.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                return answer;
            }
        }
    }

    private async Task<RowSource> OpenAsync(
        ServerCall call, IReadOnlyList<Statement> statements, CancellationToken cancellationToken)
    {
        var answer = await server.OpenCursorAsync(call, server.NewStream(), cancellationToken).ConfigureAwait(false);
        return new CursorRows(answer, statements, new AutocommitCursorEnd(server));
    }
}
