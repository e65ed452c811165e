using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Rows;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Sessions;

/// <summary>
/// A transaction on a stream. Every statement is guarded: the server may roll a transaction back at any time, and what came after
/// would otherwise be committed on its own.
/// </summary>
internal sealed class StreamTransaction(LibSqlServer server, bool deferred)
{
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(5);

    private static readonly SqlStatementText Begin = SqlText.Of("BEGIN").Statements[0];

    private static readonly SqlStatementText BeginImmediate = SqlText.Of("BEGIN IMMEDIATE").Statements[0];

    private static readonly SqlStatementText Commit = SqlText.Of("COMMIT").Statements[0];

    private static readonly SqlStatementText Rollback = SqlText.Of("ROLLBACK").Statements[0];

    private static readonly SqlStatementText Look = SqlText.Of("SELECT 1").Statements[0];

    private readonly ServerStream _stream = server.NewStream();

    private LibSqlException? _loss;

    private bool _hasWritten;

    public TransactionState State { get; private set; }

    public async Task<RowSource> ExecuteAsync(
        IReadOnlyList<Statement> statements, ExecutionMode mode, CancellationToken cancellationToken)
    {
        RequireOpen();
        RequireNoControl(statements.Select(statement => statement.Text));
        if (mode.Streams == Streaming.Always)
        {
            return await OpenAsync(statements, mode, cancellationToken).ConfigureAwait(false);
        }

        var answer = await SendGuardedAsync(statements, mode.Timeout, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            return error.Code == "RESPONSE_TOO_LARGE" && mode.Streams == Streaming.WhenTooLarge
                && statements.All(statement => statement.Text.OnlyReads)
                ? await OpenAsync(statements, mode, cancellationToken).ConfigureAwait(false)
                : throw await FailedAsync(LibSqlErrors.FromServer(error)).ConfigureAwait(false);
        }

        var results = answer.Steps;
        await RequireAllRanAsync(results).ConfigureAwait(false);
        return new BufferedRows(results, statements);
    }

    /// <summary>Executes steps with conditions of their own, each guarded as well.</summary>
    public async Task<IReadOnlyList<LibSqlStepResult>> ExecuteStepsAsync(
        IReadOnlyList<WireStep> steps, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RequireOpen();
        RequireNoControl(steps.Select(step => step.Statement));
        await EnsureBegunAsync(timeout, cancellationToken).ConfigureAwait(false);

        // Whether a step was skipped tells nothing when it has a condition of its own. The last one has only the guard.
        WireStep[] guarded = [
            .. steps.Select(step => step with { Condition = Guarded(step.Condition) }),
            WireStep.Of(Look, LibSqlCondition.InTransaction)];
        var answer = await SendAsync(guarded, timeout, cancellationToken).ConfigureAwait(false);
        if (answer.Error is { } error)
        {
            throw await FailedAsync(LibSqlErrors.FromServer(error)).ConfigureAwait(false);
        }

        return answer.Steps[^1].Succeeded
            ? answer.Steps[..^1]
            : throw await LoseAsync(answer.Steps).ConfigureAwait(false);
    }

    /// <exception cref="LibSqlException">It was not committed, or it is not known whether it was.</exception>
    public async Task CommitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        RequireOpen();
        if (State == TransactionState.NotBegun)
        {
            await server.CloseAsync(_stream, CleanUpLimit).ConfigureAwait(false);
            State = TransactionState.Committed;
            return;
        }

        var call = new ServerCall([WireStep.Of(Commit, LibSqlCondition.InTransaction)])
        {
            Stream = _stream,
            Effect = _hasWritten ? LossEffect.OutcomeUnknown : LossEffect.Nothing,
            Timeout = timeout,
        };

        // Whatever comes back, the stream is closed, and what is not committed is rolled back.
        State = TransactionState.RolledBack;
        PipelineAnswer answer;
        try
        {
            answer = await server.ExecuteAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (LibSqlException exception) when (exception.IsTransactionLost)
        {
            (State, _loss) = (TransactionState.Lost, exception);
            throw;
        }

        if ((answer.Error ?? answer.Steps[0].ServerError) is { } error)
        {
            throw LibSqlErrors.FromServer(error);
        }

        State = answer.Steps[0].Succeeded ? TransactionState.Committed : TransactionState.Lost;
        if (State == TransactionState.Lost)
        {
            throw _loss = LibSqlErrors.TransactionLost("the server has rolled it back before it was committed.");
        }
    }

    /// <summary>Undoes everything. Never fails: a transaction whose stream is gone is rolled back by the server itself.</summary>
    public async Task RollbackAsync()
    {
        var wasOpen = State == TransactionState.Open;
        State = TransactionState.RolledBack;
        if (!wasOpen)
        {
            await server.CloseAsync(_stream, CleanUpLimit).ConfigureAwait(false);
            return;
        }

        var call = new ServerCall([WireStep.Of(Rollback, LibSqlCondition.InTransaction)])
        {
            Stream = _stream,
            Effect = LossEffect.Nothing,
            Timeout = CleanUpLimit,
        };
        try
        {
            await server.ExecuteAsync(call, CancellationToken.None).ConfigureAwait(false);
        }
        catch (LibSqlException)
        {
            // Without its stream it can never be committed, and the server rolls it back after ten seconds at the latest.
            _stream.Drop();
        }
    }

    private static LibSqlCondition Guarded(LibSqlCondition? condition) => condition is null
        ? LibSqlCondition.InTransaction
        : LibSqlCondition.All(LibSqlCondition.InTransaction, condition);

    private static void RequireNoControl(IEnumerable<SqlStatementText> statements)
    {
        var control = statements.FirstOrDefault(statement =>
            statement.Kind is StatementKind.Begin or StatementKind.Commit or StatementKind.Rollback);
        if (control is not null)
        {
            throw new InvalidOperationException(
                $"{control.Keyword} was to be executed in a LibSqlTransaction. Use its Commit or Rollback.");
        }
    }

    private void RequireOpen()
    {
        switch (State)
        {
            case TransactionState.Lost:
                throw LibSqlErrors.TransactionLost("an earlier statement has found that.", _loss);
            case TransactionState.Committed or TransactionState.RolledBack:
                throw new InvalidOperationException("The transaction has ended; begin another one.");
            default:
                break;
        }
    }

    private async Task<PipelineAnswer> SendGuardedAsync(
        IReadOnlyList<Statement> statements, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (State == TransactionState.Open)
        {
            return await SendAsync(Guard(statements, offset: 0), timeout, cancellationToken).ConfigureAwait(false);
        }

        WireStep[] steps = [WireStep.Of(deferred ? Begin : BeginImmediate), .. Guard(statements, offset: 1)];
        var answer = await BeginAsync(steps, timeout, cancellationToken).ConfigureAwait(false);
        if (answer.Error is null)
        {
            answer.Steps = answer.Steps[1..];
        }

        return answer;
    }

    private async Task EnsureBegunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (State == TransactionState.NotBegun)
        {
            WireStep[] steps = [WireStep.Of(deferred ? Begin : BeginImmediate)];
            var answer = await BeginAsync(steps, timeout, cancellationToken).ConfigureAwait(false);
            if (answer.Error is { } error)
            {
                throw await FailedAsync(LibSqlErrors.FromServer(error)).ConfigureAwait(false);
            }
        }
    }

    // While another connection holds the lock nothing has happened: BEGIN failed, and the rest depends on it.
    private async Task<PipelineAnswer> BeginAsync(
        WireStep[] steps, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(server.TimeProvider, timeout);
        while (true)
        {
            var answer = await SendAsync(steps, timeout, cancellationToken).ConfigureAwait(false);
            if (answer.Error is { } error)
            {
                // The size of an answer is only found when there is one, and that is after BEGIN.
                State = error.Code == "RESPONSE_TOO_LARGE" ? TransactionState.Open : TransactionState.NotBegun;
                return answer;
            }

            if (answer.Steps[0].Succeeded)
            {
                State = TransactionState.Open;
                return answer;
            }

            if (!Backoff.IsBusy(answer.Steps[0]) || !await backoff.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                throw answer.Steps[0].Error ?? LibSqlErrors.TransactionLost("it did not begin.");
            }
        }
    }

    private static IEnumerable<WireStep> Guard(IReadOnlyList<Statement> statements, int offset) =>
        statements.Select((statement, index) => statement.When(index + offset == 0
            ? LibSqlCondition.InTransaction
            : LibSqlCondition.All(LibSqlCondition.InTransaction, LibSqlCondition.Succeeded(index + offset - 1))));

    private async Task<PipelineAnswer> SendAsync(
        IEnumerable<WireStep> steps, TimeSpan timeout, CancellationToken cancellationToken)
    {
        WireStep[] sent = [.. steps];
        var call = new ServerCall(sent)
        {
            Stream = _stream,
            Closes = false,
            Effect = LossEffect.TransactionLost,
            Timeout = timeout,
        };
        var writes = sent.Any(step => step.Statement.MayChange);
        try
        {
            var answer = await server.ExecuteAsync(call, cancellationToken).ConfigureAwait(false);
            _hasWritten |= writes;
            return answer;
        }
        catch (Exception exception) when (!_stream.IsOpen && exception is LibSqlException or OperationCanceledException)
        {
            Lose(exception);
            throw;
        }
    }

    private async Task<RowSource> OpenAsync(
        IReadOnlyList<Statement> statements, ExecutionMode mode, CancellationToken cancellationToken)
    {
        await EnsureBegunAsync(mode.Timeout, cancellationToken).ConfigureAwait(false);
        var call = new ServerCall([.. Guard(statements, offset: 0)])
        {
            Effect = LossEffect.TransactionLost,
            Timeout = mode.Timeout,
        };
        _hasWritten |= statements.Any(statement => statement.Text.MayChange);
        try
        {
            var answer = await server.OpenCursorAsync(call, _stream, cancellationToken).ConfigureAwait(false);
            return new CursorRows(answer, statements, new TransactionCursorEnd(this));
        }
        catch (Exception exception) when (exception is LibSqlException or OperationCanceledException)
        {
            Lose(exception);
            throw;
        }
    }

    // A statement that did not run although the one before it did has met its guard.
    private async Task RequireAllRanAsync(LibSqlStepResult[] results)
    {
        foreach (var result in results)
        {
            if (result.IsSkipped || result.ServerError?.Code == "TRANSACTION_TIMEOUT")
            {
                throw await LoseAsync(results).ConfigureAwait(false);
            }

            if (!result.Succeeded)
            {
                return;
            }
        }
    }

    private async Task<LibSqlException> LoseAsync(LibSqlStepResult[] results)
    {
        var cause = results.FirstOrDefault(result => result.ServerError?.Code == "TRANSACTION_TIMEOUT")?.Error;
        var loss = cause ?? LibSqlErrors.TransactionLost("the server has rolled it back.");
        (State, _loss) = (TransactionState.Lost, loss);
        await server.CloseAsync(_stream, CleanUpLimit).ConfigureAwait(false);
        return loss;
    }

    // An error of the batch as a whole leaves the transaction as it was, unless it says otherwise.
    private async Task<LibSqlException> FailedAsync(LibSqlException error)
    {
        if (error.IsTransactionLost)
        {
            (State, _loss) = (TransactionState.Lost, error);
            await server.CloseAsync(_stream, CleanUpLimit).ConfigureAwait(false);
        }

        return error;
    }

    private void Lose(Exception cause)
    {
        State = TransactionState.Lost;
        _loss = cause as LibSqlException ?? LibSqlErrors.TransactionLost("a statement was cancelled.");
        _stream.Drop();
    }

    /// <summary>The cursor has the transaction's stream only for a while.</summary>
    private sealed class TransactionCursorEnd(StreamTransaction transaction) : CursorEnd
    {
        public override bool KeepsStream => transaction is { State: TransactionState.Open, _stream.IsOpen: true };

        public override LibSqlException Skipped()
        {
            var loss = LibSqlErrors.TransactionLost("the server has rolled it back.");
            transaction.Lose(loss);
            return loss;
        }

        public override LibSqlException Failed(LibSqlException error)
        {
            if (error.IsTransactionLost)
            {
                transaction.Lose(error);
            }

            return error;
        }

        public override ValueTask CloseAsync(ServerStream stream)
        {
            if (!stream.IsOpen && transaction.State == TransactionState.Open)
            {
                transaction.Lose(LibSqlErrors.TransactionLost("reading its rows was given up."));
            }

            return ValueTask.CompletedTask;
        }
    }
}
