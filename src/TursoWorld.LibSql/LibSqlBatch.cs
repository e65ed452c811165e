using System.Data;
using System.Data.Common;
using TursoWorld.LibSql.Rows;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql;

/// <summary>Statements that are executed in one round trip, all or none of them.</summary>
/// <remarks>Outside a transaction of the connection a batch is a transaction of its own; when a statement fails, nothing stays.</remarks>
public sealed class LibSqlBatch : DbBatch
{
    private static readonly SqlStatementText Begin = SqlText.Of("BEGIN IMMEDIATE").Statements[0];

    private static readonly SqlStatementText Commit = SqlText.Of("COMMIT").Statements[0];

    private CancellationTokenSource? _running;

    private int? _timeout;

    /// <param name="connection">Where to execute it; may be set later.</param>
    public LibSqlBatch(LibSqlConnection? connection = null)
    {
        Connection = connection;
    }

    /// <summary>The statements, in order.</summary>
    public new LibSqlBatchCommandCollection BatchCommands { get; } = new();

    /// <summary>Where it is executed.</summary>
    public new LibSqlConnection? Connection { get; set; }

    /// <summary>How long to wait for the answer, in seconds; 0 is without limit. Default: what the connection string says.</summary>
    public override int Timeout
    {
        get => _timeout ?? Connection?.DefaultTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeout = value;
        }
    }

    /// <summary>In which transaction it is executed; null: in that of the connection, or else in one of its own.</summary>
    public new LibSqlTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    protected override DbBatchCommandCollection DbBatchCommands => BatchCommands;

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (LibSqlConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (LibSqlTransaction?)value;
    }

    /// <summary>Aborts the execution that is under way: it ends with an <see cref="OperationCanceledException"/>.</summary>
    public override void Cancel() => Volatile.Read(ref _running)?.Cancel();

    /// <summary>Executes the batch.</summary>
    /// <returns>How many rows were changed; -1 when it only reads.</returns>
    public override int ExecuteNonQuery() => Blocking.Wait(() => ExecuteNonQueryAsync(CancellationToken.None));

    /// <inheritdoc cref="ExecuteNonQuery"/>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default)
    {
        var reader = await ExecuteAsync(CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return reader.RecordsAffected;
        }
    }

    /// <summary>Executes the batch.</summary>
    /// <returns>The first value of the first row of the first result; null when there is none.</returns>
    public override object? ExecuteScalar() => Blocking.Wait(() => ExecuteScalarAsync(CancellationToken.None));

    /// <inheritdoc cref="ExecuteScalar"/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default)
    {
        var reader = await ExecuteAsync(CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;
        }
    }

    /// <summary>Does nothing: the server prepares every statement itself.</summary>
    public override void Prepare() => RequireConnection();

    /// <inheritdoc cref="Prepare"/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default)
    {
        Prepare();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override DbBatchCommand CreateDbBatchCommand() => new LibSqlBatchCommand();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        Blocking.Wait(() => ExecuteAsync(behavior, CancellationToken.None));

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(
        CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteAsync(behavior, cancellationToken).ConfigureAwait(false);

    private async Task<LibSqlDataReader> ExecuteAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var connection = RequireConnection();
        var (statements, commands) = Collect(isTransaction: connection.CurrentTransaction is null);
        var timeout = Timeout == 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Timeout);
        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _running, running);
        try
        {
            return await connection.ExecuteAsync(
                statements, new ExecutionMode(timeout, Streaming.Never), behavior.HasFlag(CommandBehavior.CloseConnection),
                rows => Tell(rows, commands), running.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _running, null);
        }
    }

    // The statements, and of which command each is.
    private (List<Statement> Statements, List<LibSqlBatchCommand?> Commands) Collect(bool isTransaction)
    {
        var statements = new List<Statement>();
        var commands = new List<LibSqlBatchCommand?>();
        foreach (var command in BatchCommands.Commands)
        {
            var arguments = command.Parameters.ToArguments();
            foreach (var text in SqlText.Of(command.CommandText).Statements)
            {
                statements.Add(new Statement(text, arguments));
                commands.Add(command);
            }
        }

        // The first failure skips the COMMIT, and the end of the stream undoes what was done.
        if (isTransaction && statements.Any(statement => !statement.Text.OnlyReads))
        {
            statements.Insert(0, new Statement(Begin, []));
            statements.Add(new Statement(Commit, []));
            commands.Insert(0, null);
            commands.Add(null);
        }

        return (statements, commands);
    }

    // Each command learns what it did; one that holds several statements, what they did together.
    private static void Tell(BufferedRows rows, List<LibSqlBatchCommand?> commands)
    {
        if (rows.FirstFailure() is var (failed, error))
        {
            error.FailedCommand = commands[failed];
            throw error;
        }

        foreach (var group in commands.Select((command, index) => (command, index)).Where(one => one.command is not null)
            .GroupBy(one => one.command!))   // the null ones are filtered out
        {
            var affected = group.Select(one => rows.AffectedBy(one.index)).OfType<long>().ToList();
            group.Key.Executed(affected.Count == 0 ? -1 : affected.Sum());
        }
    }

    private LibSqlConnection RequireConnection()
    {
        if (Connection is not { State: ConnectionState.Open } connection)
        {
            throw new InvalidOperationException("The batch needs an open connection.");
        }

        if (BatchCommands.Count == 0)
        {
            throw new InvalidOperationException("The batch has no commands; add to BatchCommands.");
        }

        TransactionCheck.Require(Transaction, connection);
        return connection;
    }
}
