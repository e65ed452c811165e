using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Connections to one database on a server. They cost nothing until something is sent.</summary>
internal sealed class ServerConnections(DatabaseServer server, ServerLimits limits) : IAsyncDisposable
{
    private readonly LibSqlDataSource _source = new(server.ConnectionString);

    public string Name => server.Name;

    public ServerLimits Limits => limits;

    public async Task<LibSqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        (LibSqlConnection)await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false); // it has no others

    /// <summary>Sends a batch. It is not cancelled with its callers: whoever asks has to know what became of it.</summary>
    public async Task<Sent> SendAsync(IReadOnlyList<LibSqlStep> steps)
    {
        using var limit = new CancellationTokenSource(limits.Request);
        try
        {
            var connection = await OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return new Sent(await connection.ExecuteStepsAsync(steps, limit.Token).ConfigureAwait(false), Failure: null);
            }
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

    /// <summary>Whether the server answers a question that needs no right to write.</summary>
    public async Task<bool> CanReadAsync() =>
        (await SendAsync([new LibSqlStep(WriterSql.Now)]).ConfigureAwait(false)).Results is [{ Succeeded: true }];

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
