using System.Collections.Concurrent;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Connections to one database on a server, of which some are kept. They cost nothing until something is sent.</summary>
internal sealed class ServerConnections(DatabaseServer server, ServerLimits limits) : IAsyncDisposable
{
    private const int MostReaders = 16; // of the 128 that a server has for everybody

    private readonly LibSqlDataSource _source = new(server.ConnectionString);
    private readonly SemaphoreSlim _places = new(MostReaders);
    private readonly ConcurrentStack<LibSqlConnection> _readers = []; // the one that was used last first, so that the others expire
    private LibSqlConnection? _writer;
    private LibSqlConnection? _watcher;

    public string Name => server.Name;

    public ServerLimits Limits => limits;

    public async Task<LibSqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        (LibSqlConnection)await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false); // it has no others

    /// <summary>
    /// Reads on a connection that nobody else uses meanwhile. The server keeps it for the next reader: opening one takes it longer than
    /// most questions, so readers rather wait for each other.
    /// </summary>
    public async Task<T> ReadAsync<T>(Func<LibSqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_readers.TryPop(out var connection))
            {
                connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
                connection.KeepsServerConnection = true;
            }

            try
            {
                return await read(connection).ConfigureAwait(false);
            }
            finally
            {
                _readers.Push(connection);
            }
        }
        finally
        {
            _places.Release();
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
        foreach (var connection in new[] { _writer, _watcher }.Concat(_readers))
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        await _source.DisposeAsync().ConfigureAwait(false);
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
