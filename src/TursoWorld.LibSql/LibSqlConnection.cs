using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Rows;
using TursoWorld.LibSql.Sessions;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql;

/// <summary>A connection to a libSQL server over HTTP.</summary>
/// <remarks>
/// Outside a transaction each command is one request, and the server remembers nothing between two of them. A connection executes one
/// command at a time; connections cost next to nothing.
/// </remarks>
public sealed class LibSqlConnection : DbConnection
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private static readonly Action Nothing = () => { };

    private readonly bool _isFromSource;
    private string _connectionString = "";
    private LibSqlDataSource? _source;
    private ConnectionState _state;
    private bool _wasOpen;
    private int _isBusy;
    private LibSqlDataReader? _cursor;
    private ServerStream? _kept;

    /// <summary>A connection without a connection string yet.</summary>
    public LibSqlConnection()
    {
    }

    /// <param name="connectionString">See <see cref="LibSqlConnectionStringBuilder"/>. Checked when the connection is opened.</param>
    public LibSqlConnection(string? connectionString)
    {
        _connectionString = connectionString ?? "";
    }

    internal LibSqlConnection(LibSqlDataSource source)
    {
        _source = source;
        _isFromSource = true;
        _connectionString = source.ConnectionString;
    }

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <summary>
    /// The connection string; without its secrets once the connection was open, unless it says <c>Persist Security Info=true</c>.
    /// </summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _wasOpen ? new LibSqlConnectionStringBuilder(_connectionString).WithoutSecrets() : _connectionString;
        set
        {
            if (_state != ConnectionState.Closed || _isFromSource)
            {
                throw new InvalidOperationException("The connection string can only be set while the connection is closed.");
            }

            (_connectionString, _source, _wasOpen) = (value ?? "", null, false);
        }
    }

    /// <summary>Always <c>main</c>.</summary>
    public override string Database => "main";

    /// <summary>Host and port of the server.</summary>
    public override string DataSource => _source?.Server.Settings.BaseUri.Authority
        ?? (_connectionString.Length == 0
            ? ""
            : new LibSqlConnectionStringBuilder(_connectionString).ToSettings().BaseUri.Authority);

    /// <summary>What the server says about its version. Asks it the first time.</summary>
    public override string ServerVersion => Blocking.Wait(() => OpenSource().Server.GetVersionAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override ConnectionState State => _state;

    /// <summary>How long a command waits for its answer unless it says otherwise, in seconds; 0 is without limit.</summary>
    public int DefaultTimeout =>
        _source is { } source && source.Server.Settings.CommandTimeout is var timeout
            ? timeout == Timeout.InfiniteTimeSpan ? 0 : (int)timeout.TotalSeconds
            : new LibSqlConnectionStringBuilder(_connectionString).CommandTimeout;

    /// <summary>
    /// Whether the server keeps its connection for the next call of <see cref="ExecuteStepsAsync"/>, and for the next command that only
    /// reads. Default false: it opens the database for each, and reads its schema, which may take longer than the statements. One that is
    /// kept takes one of the server's connections until this one is closed, or until it has not been used for ten seconds; then the next
    /// call gets a new one. Steps must not leave a transaction open.
    /// </summary>
    public bool KeepsServerConnection { get; set; }

    internal LibSqlTransaction? CurrentTransaction { get; set; }

    /// <inheritdoc/>
    protected override DbProviderFactory DbProviderFactory => LibSqlFactory.Instance;

    /// <summary>Checks the connection string. Sends nothing.</summary>
    /// <exception cref="ArgumentException">The connection string is not one, or would send a token over an open network.</exception>
    public override void Open()
    {
        if (_state == ConnectionState.Open)
        {
            throw new InvalidOperationException("The connection is open already.");
        }

        _source ??= LibSqlDataSources.Get(_connectionString);
        _source.RequireUsable();
        _wasOpen = true;
        SetState(ConnectionState.Open);
    }

    /// <inheritdoc cref="Open"/>
    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
        return Task.CompletedTask;
    }

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    public override void Close()
    {
        if (_state != ConnectionState.Closed)
        {
            Blocking.Wait(CloseAsync);
        }
    }

    /// <inheritdoc cref="Close"/>
    public override async Task CloseAsync()
    {
        if (_state != ConnectionState.Closed)
        {
            if (CurrentTransaction is { } transaction)
            {
                await transaction.DisposeAsync().ConfigureAwait(false);
            }

            if (_kept is { } kept && _source is { } source)
            {
                await source.Server.CloseAsync(kept, CloseLimit).ConfigureAwait(false);
            }

            SetState(ConnectionState.Closed);
        }
    }

    /// <summary>Not possible: a server is one database, or its host name selects one.</summary>
    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException(
        "A connection to a libSQL server cannot change its database; open another connection.");

    /// <summary>A command of this connection, and of its transaction if there is one.</summary>
    public new LibSqlCommand CreateCommand() => new() { Connection = this, Transaction = CurrentTransaction };

    /// <summary>A batch of this connection, and of its transaction if there is one.</summary>
    public new LibSqlBatch CreateBatch() => new(this) { Transaction = CurrentTransaction };

    /// <inheritdoc cref="BeginTransaction(bool)"/>
    public new LibSqlTransaction BeginTransaction() => BeginTransaction(deferred: false);

    /// <inheritdoc cref="BeginTransaction(bool)"/>
    public new LibSqlTransaction BeginTransaction(IsolationLevel isolationLevel) =>
        (LibSqlTransaction)base.BeginTransaction(isolationLevel);

    /// <summary>Begins a transaction. Nothing is sent before its first command. It is always serializable.</summary>
    /// <param name="deferred">
    /// Whether the write lock is taken with the first write instead of at once. Good for reading only: a write in such a transaction
    /// fails when another one has written since it began.
    /// </param>
    public LibSqlTransaction BeginTransaction(bool deferred)
    {
        var server = OpenSource().Server;
        if (CurrentTransaction is not null)
        {
            throw new InvalidOperationException("The connection has a transaction already; SQLite does not nest them. Use savepoints.");
        }

        return CurrentTransaction = new LibSqlTransaction(this, new StreamTransaction(server, deferred), deferred);
    }

    /// <inheritdoc cref="BeginTransaction(bool)"/>
    public new ValueTask<LibSqlTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

    /// <inheritdoc cref="BeginTransaction(bool)"/>
    public new async ValueTask<LibSqlTransaction> BeginTransactionAsync(
        IsolationLevel isolationLevel, CancellationToken cancellationToken = default) =>
        (LibSqlTransaction)await base.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Executes steps as one batch, in one round trip. Outside a transaction they have a connection of the server to themselves, which
    /// ends with them: a transaction that they begin and do not commit is rolled back.
    /// </summary>
    /// <returns>
    /// What became of each step, in order. A step that fails is not an exception, and does not stop those after it unless their
    /// conditions say so.
    /// </returns>
    /// <exception cref="LibSqlException">
    /// The batch as a whole failed: the SQL of a step cannot be parsed (then nothing was executed), the answer is too large (what was
    /// executed before stays), or the server could not be reached.
    /// </exception>
    public async Task<IReadOnlyList<LibSqlStepResult>> ExecuteStepsAsync(
        IReadOnlyList<LibSqlStep> steps, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(steps);
        var server = OpenSource().Server;
        if (steps.Count == 0)
        {
            return [];
        }

        var wire = new WireStep[steps.Count];
        for (var index = 0; index < wire.Length; index++)
        {
            var step = steps[index];
            var text = SqlText.Of(step.CommandText);
            wire[index] = text.Statements is [var statement]
                ? new WireStep(statement, step.Arguments, step.Condition, step.MissingArgumentsAreNull)
                : throw new ArgumentException($"Step {index} has {text.Statements.Count} statements; a step is one.", nameof(steps));
        }

        Enter();
        try
        {
            var timeout = server.Settings.CommandTimeout;
            return CurrentTransaction is { } transaction
                ? await transaction.Stream.ExecuteStepsAsync(wire, timeout, cancellationToken).ConfigureAwait(false)
                : await OnServerAsync(
                    server,
                    KeepsServerConnection,
                    stream => new Autocommit(server).ExecuteStepsAsync(wire, stream, timeout, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    internal Task<LibSqlDataReader> ExecuteAsync(
        IReadOnlyList<Statement> statements, ExecutionMode mode, bool closes, CancellationToken cancellationToken) =>
        ExecuteAsync(statements, mode, closes, seen: null, cancellationToken);

    /// <param name="seen">Sees the results before the caller does; may throw.</param>
    internal async Task<LibSqlDataReader> ExecuteAsync(
        IReadOnlyList<Statement> statements, ExecutionMode mode, bool closes, Action<BufferedRows>? seen,
        CancellationToken cancellationToken)
    {
        var server = OpenSource().Server;
        var staysBusy = false;
        Enter();
        try
        {
            RowSource rows = statements.Count == 0 ? new BufferedRows([], [])
                : CurrentTransaction is { } transaction
                    ? await transaction.Stream.ExecuteAsync(statements, mode, cancellationToken).ConfigureAwait(false)
                    : await OnServerAsync(
                        server,
                        KeepsServerConnection && statements.All(static statement => statement.Text.OnlyReads),
                        stream => new Autocommit(server).ExecuteAsync(statements, mode, stream, cancellationToken)).ConfigureAwait(false);
            if (rows is BufferedRows buffered)
            {
                seen?.Invoke(buffered);
            }

            await ToFirstResultAsync(rows, cancellationToken).ConfigureAwait(false);

            // A cursor has the stream of the transaction until it is closed.
            staysBusy = rows is CursorRows && CurrentTransaction is not null;
            var reader = new LibSqlDataReader(rows, closes ? this : null, staysBusy ? EndCursor : Nothing);
            _cursor = staysBusy ? reader : _cursor;
            return reader;
        }
        finally
        {
            if (!staysBusy)
            {
                Leave();
            }
        }
    }

    /// <summary>Nobody else may use the connection until <see cref="Leave"/>.</summary>
    internal void Enter()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new InvalidOperationException(
                "Another command of this connection is being executed, or its rows are being streamed in a transaction. A connection "
                + "executes one at a time; await or close it first, or open another connection.");
        }
    }

    internal void Leave() => Volatile.Write(ref _isBusy, 0);

    /// <summary>What is still being streamed is not wanted any more.</summary>
    internal async Task AbandonCursorAsync()
    {
        if (_cursor is { } cursor)
        {
            await cursor.AbandonAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => isolationLevel switch
    {
        IsolationLevel.Chaos => throw new ArgumentException("SQLite's transactions are serializable; Chaos is less."),
        _ => BeginTransaction(deferred: false),
    };

    /// <inheritdoc/>
    protected override DbBatch CreateDbBatch() => CreateBatch();

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private async Task<T> OnServerAsync<T>(LibSqlServer server, bool keeps, Func<ServerStream?, Task<T>> execute)
    {
        if (!keeps)
        {
            return await execute(null).ConfigureAwait(false);
        }

        if (_kept is { IsOpen: true } kept)
        {
            try
            {
                return await execute(kept).ConfigureAwait(false);
            }
            catch (LibSqlException exception) when (exception.HttpStatus is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
            {
                // The server has given it up, and has not looked at the request.
            }
        }

        _kept = server.NewStream();
        return await execute(_kept).ConfigureAwait(false);
    }

    private static async Task ToFirstResultAsync(RowSource rows, CancellationToken cancellationToken)
    {
        try
        {
            await rows.NextResultAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await rows.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private LibSqlDataSource OpenSource() => _state == ConnectionState.Open && _source is { } source
        ? source
        : throw new InvalidOperationException("The connection is not open; open it first.");

    private void EndCursor()
    {
        _cursor = null;
        Leave();
    }

    private void SetState(ConnectionState state)
    {
        var before = _state;
        _state = state;
        OnStateChange(new StateChangeEventArgs(before, state));
    }
}
