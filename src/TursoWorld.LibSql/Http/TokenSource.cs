namespace TursoWorld.LibSql.Http;

/// <summary>The token of the requests: a fixed one, or what a callback says, which is asked again when it is refused.</summary>
internal sealed class TokenSource(string? initial, Func<CancellationToken, ValueTask<string?>>? callback) : IDisposable
{
    private readonly SemaphoreSlim _asking = new(1);

    private volatile string? _token = initial;

    private volatile bool _mustAsk = callback is not null;

    public bool HasToken => callback is not null || _token is not null;

    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (!_mustAsk)
        {
            return _token;
        }

        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_mustAsk)
            {
                _token = await callback!(cancellationToken).ConfigureAwait(false);   // only a callback makes it ask
                _mustAsk = false;
            }

            return _token;
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>The server has refused a token.</summary>
    /// <returns>Whether there may be another one now.</returns>
    public bool Refuse(string? token)
    {
        if (callback is null)
        {
            return false;
        }

        // Somebody else may have fetched a new one since.
        if (token == _token)
        {
            _mustAsk = true;
        }

        return true;
    }

    public void Dispose() => _asking.Dispose();
}
