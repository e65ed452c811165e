using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Connections to one database on a server. They cost nothing until something is sent.</summary>
internal sealed class ServerConnections(DatabaseServer server, ServerLimits limits) : IAsyncDisposable
{
    private readonly LibSqlDataSource _source = new(server.ConnectionString);
    private LibSqlConnection? _writer;

    public string Name => server.Name;

    public ServerLimits Limits => limits;

    public async Task<LibSqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        (LibSqlConnection)await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false); // it has no others

    /// <summary>
    /// A connection that the server keeps from batch to batch: opening one takes it longer than most batches, because it reads the
    /// schema. It is one of the 128 that the server has for everybody.
    /// </summary>
    public async Task<LibSqlConnection> OpenKeptAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        connection.KeepsServerConnection = true;
        return connection;
    }

    /// <summary>Sends a batch on the writer's connection, which one at a time may use.</summary>
    public async Task<Sent> WriteAsync(IReadOnlyList<LibSqlStep> steps)
    {
        _writer ??= await OpenKeptAsync(CancellationToken.None).ConfigureAwait(false); // sends nothing
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
        if (_writer is not null)
        {
            await _writer.DisposeAsync().ConfigureAwait(false);
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
