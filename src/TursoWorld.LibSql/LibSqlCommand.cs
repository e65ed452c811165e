using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql;

/// <summary>SQL to execute: one statement or several, in one round trip.</summary>
/// <remarks>
/// Several statements run one after the other up to the first that fails. Outside a transaction those before it stay done, as on a
/// local SQLite database.
/// </remarks>
public sealed class LibSqlCommand : DbCommand
{
    private string _commandText = "";

    private int? _commandTimeout;

    private CancellationTokenSource? _running;

    /// <summary>A command without text and connection yet.</summary>
    public LibSqlCommand()
    {
    }

    /// <param name="commandText">The SQL.</param>
    /// <param name="connection">Where to execute it.</param>
    /// <param name="transaction">In which transaction; null: in that of the connection, if it has one.</param>
    public LibSqlCommand(
        string? commandText, LibSqlConnection? connection = null, LibSqlTransaction? transaction = null)
    {
        CommandText = commandText;
        Connection = connection;
        Transaction = transaction;
    }

    /// <summary>The SQL.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _commandText;
        set => _commandText = value ?? "";
    }

    /// <summary>How long to wait for an answer, in seconds; 0 is without limit. Default: what the connection string says.</summary>
    public override int CommandTimeout
    {
        get => _commandTimeout ?? Connection?.DefaultTimeout ?? 30;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _commandTimeout = value;
        }
    }

    /// <summary>Always <see cref="CommandType.Text"/>; SQLite has no procedures.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new ArgumentException($"SQLite has no {value} commands; write the SQL.");
            }
        }
    }

    /// <summary>Where it is executed.</summary>
    public new LibSqlConnection? Connection { get; set; }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <summary>
    /// Whether rows are read while they come, so that a result may be of any size. Costs a round trip more. Default false: a result
    /// comes as a whole, up to the server's limit (10 MB); beyond it a command that only reads and is executed with
    /// <see cref="CommandBehavior.SequentialAccess"/> is streamed, any other fails.
    /// </summary>
    public bool Streaming { get; set; }

    /// <summary>Values for the parameters in the SQL.</summary>
    public new LibSqlParameterCollection Parameters { get; } = new();

    /// <summary>In which transaction it is executed; null: in that of the connection, if it has one.</summary>
    public new LibSqlTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (LibSqlConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (LibSqlTransaction?)value;
    }

    /// <summary>Aborts the execution that is under way: it ends with an <see cref="OperationCanceledException"/>.</summary>
    public override void Cancel() => Volatile.Read(ref _running)?.Cancel();

    /// <summary>A parameter that is not in <see cref="Parameters"/> yet.</summary>
    public new LibSqlParameter CreateParameter() => (LibSqlParameter)base.CreateParameter();

    /// <summary>Executes the SQL.</summary>
    /// <returns>How many rows were changed; -1 when it only reads.</returns>
    public override int ExecuteNonQuery() => Blocking.Wait(() => ExecuteNonQueryAsync(CancellationToken.None));

    /// <inheritdoc cref="ExecuteNonQuery"/>
    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
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

    /// <summary>Executes the SQL.</summary>
    /// <returns>The first value of the first row of the first result; null when there is none.</returns>
    public override object? ExecuteScalar() => Blocking.Wait(() => ExecuteScalarAsync(CancellationToken.None));

    /// <inheritdoc cref="ExecuteScalar"/>
    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteAsync(CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var value = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetValue(0) : null;

            // A later statement may have failed, and nobody would learn it.
            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
            }

            return value;
        }
    }

    /// <summary>Executes the SQL.</summary>
    public new LibSqlDataReader ExecuteReader() => ExecuteReader(CommandBehavior.Default);

    /// <summary>Executes the SQL.</summary>
    public new LibSqlDataReader ExecuteReader(CommandBehavior behavior) =>
        Blocking.Wait(() => ExecuteAsync(behavior, CancellationToken.None));

    /// <summary>Executes the SQL.</summary>
    public new Task<LibSqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync(CommandBehavior.Default, cancellationToken);

    /// <summary>Executes the SQL.</summary>
    public new Task<LibSqlDataReader> ExecuteReaderAsync(
        CommandBehavior behavior, CancellationToken cancellationToken = default) => ExecuteAsync(behavior, cancellationToken);

    /// <summary>Does nothing: the server prepares every statement itself.</summary>
    public override void Prepare() => RequireConnection();

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new LibSqlParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    /// <inheritdoc/>
    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(
        CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteAsync(behavior, cancellationToken).ConfigureAwait(false);

    private async Task<LibSqlDataReader> ExecuteAsync(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        var connection = RequireConnection();
        if (behavior.HasFlag(CommandBehavior.SchemaOnly))
        {
            throw new ArgumentException("A libSQL server tells the columns only with the rows; SchemaOnly is not supported.");
        }

        var arguments = Parameters.ToArguments();
        Statement[] statements = [.. SqlText.Of(CommandText).Statements.Select(text => new Statement(text, arguments))];
        var streams = Streaming ? Sessions.Streaming.Always
            : behavior.HasFlag(CommandBehavior.SequentialAccess) ? Sessions.Streaming.WhenTooLarge
            : Sessions.Streaming.Never;
        var timeout = CommandTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(CommandTimeout);

        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Volatile.Write(ref _running, running);
        try
        {
            return await connection.ExecuteAsync(
                statements, new ExecutionMode(timeout, streams), behavior.HasFlag(CommandBehavior.CloseConnection), running.Token)
                .ConfigureAwait(false);
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

    private LibSqlConnection RequireConnection()
    {
        if (Connection is not { State: ConnectionState.Open } connection)
        {
            throw new InvalidOperationException("The command needs an open connection.");
        }

        TransactionCheck.Require(Transaction, connection);
        return connection;
    }
}
