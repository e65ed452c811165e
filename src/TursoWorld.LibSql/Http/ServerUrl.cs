namespace TursoWorld.LibSql.Http;

/// <summary>Where a server is, and the token that came with its URL. Messages never show the text, which may hold a token.</summary>
/// <param name="BaseUri">With http or https, ending in a slash.</param>
/// <param name="AuthToken">A secret; null when the URL has none.</param>
internal sealed record ServerUrl(Uri BaseUri, string? AuthToken)
{
    /// <exception cref="ArgumentException">The text is not the URL of a libSQL server.</exception>
    public static ServerUrl Parse(string text)
    {
        if (text.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || text.StartsWith(':'))
        {
            throw new ArgumentException(
                "The data source is a local SQLite database; open it with Microsoft.Data.Sqlite. This provider takes 'libsql://host'.");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ArgumentException(
                "The data source is not a URL; write 'libsql://host', 'https://host' or 'http://host:port'.");
        }

        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0 || text.Contains('#', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"The URL of '{uri.Host}' has a user, a password or a fragment. Give a token as 'Auth Token' and leave these out.");
        }

        var (token, tls) = ReadQuery(uri);
        var scheme = SchemeOf(uri, tls);
        var path = uri.AbsolutePath.EndsWith('/') ? uri.AbsolutePath : $"{uri.AbsolutePath}/";
        var port = uri.IsDefaultPort ? -1 : uri.Port;
        return new ServerUrl(new UriBuilder(scheme, uri.Host, port, path).Uri, token);
    }

    // The printed form of a record would show the token.
    public override string ToString() => BaseUri.ToString();

    private static string SchemeOf(Uri uri, bool? tls)
    {
        bool? fixedByScheme = uri.Scheme switch
        {
            "libsql" => null,
            "https" or "wss" => true,
            "http" or "ws" => false,
            _ => throw new ArgumentException(
                $"The data source begins with '{uri.Scheme}:'; a libSQL server is named by libsql, https, http, wss or ws."),
        };
        if (tls is { } wanted && fixedByScheme is { } given && wanted != given)
        {
            throw new ArgumentException(
                $"The URL of '{uri.Host}' contradicts itself: its scheme is {uri.Scheme}, its tls={(wanted ? 1 : 0)}. Leave tls out.");
        }

        if (uri.Scheme == "libsql" && tls == false && uri.Port < 0)
        {
            throw new ArgumentException($"The URL of '{uri.Host}' has tls=0 and no port; name the port of the server.");
        }

        return fixedByScheme ?? tls ?? true ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;
    }

    private static (string? Token, bool? Tls) ReadQuery(Uri uri)
    {
        string? token = null;
        bool? tls = null;
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = part.IndexOf('=', StringComparison.Ordinal) is var at and >= 0
                ? (part[..at], Uri.UnescapeDataString(part[(at + 1)..]))
                : ("…", ""); // without a name it may be a token, and is not shown
            switch (name)
            {
                case "authToken":
                    token = value;
                    break;
                case "tls":
                    tls = value switch
                    {
                        "0" => false,
                        "1" => true,
                        _ => throw new ArgumentException($"The URL of '{uri.Host}' has a tls that is neither 0 nor 1."),
                    };
                    break;
                default:
                    throw new ArgumentException(
                        $"The URL of '{uri.Host}' has the query parameter '{name}'; only authToken and tls are known.");
            }
        }

        return (token is { Length: > 0 } ? token : null, tls);
    }
}
