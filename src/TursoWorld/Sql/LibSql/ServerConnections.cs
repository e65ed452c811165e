using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Connections to one database on a server, of which some are kept. They cost nothing until something is sent.</summary>
internal sealed class ServerConnections(DatabaseServer server, ServerLimits limits) : IAsyncDisposable
{
    private const int MostKeptReaders = 3; // of the 128 that a server has for everybody

    private readonly LibSqlDataSource _source = new(server.ConnectionString);
    private readonly Lock _gate = new(); // guards the three below
    private readonly Stack<LibSqlConnection> _readers = [];
    private int _keptReaders;
    private bool _isClosed;
    private LibSqlConnection? _writer;
    private LibSqlConnection? _watcher;

    public string Name => server.Name;

    public ServerLimits Limits => limits;

    public async Task<LibSqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        (LibSqlConnection)await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false); // it has no others

    /// <summary>
    /// Reads on a connection that nobody else uses meanwhile. The server keeps some of them for the next readers: opening one takes it
    /// longer than most questions.
    /// </summary>
    public async Task<T> ReadAsync<T>(Func<LibSqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        var connection = Take() ?? await OpenReaderAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await read(connection).ConfigureAwait(false);
        }
        finally
        {
            if (!TryGiveBack(connection))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Asks on the connection of whoever watches, one question at a time. While much is asked, the server keeps it, too: it is one of the 128 that
    /// the server has for everybody.
    /// </summary>
    public async Task<IReadOnlyList<LibSqlStepResult>> WatchAsync(
        IReadOnlyList<LibSqlStep> steps, bool keepsConnection, CancellationToken cancellationToken)
    {
        _watcher ??= await OpenAsync(cancellationToken).ConfigureAwait(false); // sends nothing
        _watcher.KeepsServerConnection = keepsConnection;
        return await _watcher.ExecuteStepsAsync(steps, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a batch on the writer's connection, which one at a time may use. The server keeps it: opening one takes it longer than
    /// most batches, because it reads the schema.
    /// </summary>
    public async Task<Sent> WriteAsync(IReadOnlyList<LibSqlStep> steps)
    {
        if (_writer is null)
        {
            _writer = await OpenAsync(CancellationToken.None).ConfigureAwait(false); // sends nothing
            _writer.KeepsServerConnection = true;
        }

        return await SendAsync(_writer, steps).ConfigureAwait(false);
    }

    /// <summary>Sends a batch on a connection of its own.</summary>
    public async Task<Sent> SendAsync(IReadOnlyList<LibSqlStep> steps)
    {
        var connection = await OpenAsync(CancellationToken.None).ConfigureAwait(false); // sends nothing
        await using (connection.ConfigureAwait(false))
        {
            return await SendAsync(connection, steps).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the server answers a question that needs no right to write.</summary>
    public async Task<bool> CanReadAsync() =>
        (await SendAsync([new LibSqlStep(WriterSql.Now)]).ConfigureAwait(false)).Results is [{ Succeeded: true }];

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true; // nothing is added any more
        }

        foreach (var connection in new[] { _writer, _watcher }.Concat(_readers))
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private LibSqlConnection? Take()
    {
        lock (_gate)
        {
            return _readers.TryPop(out var connection) ? connection : null;
        }
    }

    private async Task<LibSqlConnection> OpenReaderAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            connection.KeepsServerConnection = _keptReaders < MostKeptReaders;
            _keptReaders += connection.KeepsServerConnection ? 1 : 0;
        }

        return connection;
    }

    /// <returns>False when nobody is to use it again: one that the server does not keep, or after the end.</returns>
    private bool TryGiveBack(LibSqlConnection connection)
    {
        lock (_gate)
        {
            if (_isClosed || !connection.KeepsServerConnection)
            {
                return false;
            }

            _readers.Push(connection);
            return true;
        }
    }

    // It is not cancelled with its callers: whoever asks has to know what became of it.
    private async Task<Sent> SendAsync(LibSqlConnection connection, IReadOnlyList<LibSqlStep> steps)
    {
        using var limit = new CancellationTokenSource(limits.Request);
        try
        {
            return new Sent(await connection.ExecuteStepsAsync(steps, limit.Token).ConfigureAwait(false), Failure: null);
        }
        catch (LibSqlException exception)
        {
            return new Sent(Results: null, SendFailure.Of(exception));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new Sent(Results: null, SendFailure.Timeout);
        }
    }
}
