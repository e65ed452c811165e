namespace TursoWorld.LibSql.Http;

/// <summary>A connection string, read and checked.</summary>
internal sealed record LibSqlSettings
{
    public required Uri BaseUri { get; init; }

    /// <summary>A secret.</summary>
    public string? AuthToken { get; init; }

    /// <summary>A secret.</summary>
    public string? EncryptionKey { get; init; }

    /// <summary>What the Host header says instead of the name in the URL.</summary>
    public string? Host { get; init; }

    public required TimeSpan CommandTimeout { get; init; }

    public required int MaxConcurrency { get; init; }

    public required bool ReadYourWrites { get; init; }

    public required bool AllowTokenOverHttp { get; init; }

    /// <summary>Which database of the server is meant, as far as the name of the host tells.</summary>
    public string Namespace => (Host ?? BaseUri.Host).Split('.', ':')[0];

    // The printed form of a record would show the secrets.
    public override string ToString() => BaseUri.ToString();

    /// <summary>Whether the token may be sent to that place: not in clear text over a network, unless asked for.</summary>
    public bool MaySendTokenTo(Uri place) =>
        place.Scheme == Uri.UriSchemeHttps || place.IsLoopback || AllowTokenOverHttp;
}
