using System.Text;
using TursoWorld.LibSql;

namespace TursoWorld.Sql;

/// <summary>A database on a libSQL server, and the token that opens it.</summary>
/// <param name="Url">Where it is, without a query.</param>
internal sealed record DatabaseServer(Uri Url)
{
    private const string TokenKey = "authToken";
    private const string EncryptionKey = "tls";

    private static readonly string[] Schemes = ["libsql", "https", "http", "wss", "ws"];

    /// <summary>The secret; null when the server asks for none.</summary>
    public string? AuthToken { get; init; }

    /// <summary>What the server is to take for its own name; null for the one in the URL. It selects the database where one server has several.</summary>
    public string? HostHeader { get; init; }

    /// <summary>False when the URL asks for a connection without encryption.</summary>
    public bool IsEncrypted { get; private init; }

    /// <summary>What messages call the database.</summary>
    public string Name => Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');

    /// <summary>Whether a token on the way to the server can be read by others.</summary>
    public bool ExposesToken => AuthToken is not null && !IsEncrypted && !Url.IsLoopback;

    /// <summary>What tells this database and this way to it from every other one; a secret if the token is.</summary>
    public string Key => $"{Name}\n{HostHeader}\n{AuthToken}";

    public string ConnectionString
    {
        get
        {
            var address = new UriBuilder(Url) { Scheme = IsEncrypted ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, Port = Port };
            var builder = new LibSqlConnectionStringBuilder { ["Data Source"] = address.Uri.AbsoluteUri };
            Add(builder, "Auth Token", AuthToken);
            Add(builder, "Host", HostHeader);
            return builder.ConnectionString;
        }
    }

    private int Port => Url.Port > 0 ? Url.Port : IsEncrypted ? 443 : 80;

    public static bool HasSchemeOf(string text) =>
        Array.Exists(Schemes, scheme => text.StartsWith($"{scheme}://", StringComparison.OrdinalIgnoreCase));

    /// <summary>Parses a URL as official clients do: <c>libsql://host</c>, with <c>?authToken=</c> and <c>?tls=0</c>.</summary>
    /// <returns>Null, with the reason in <paramref name="failure"/>, when it cannot be used. The reason holds no secret.</returns>
    public static DatabaseServer? TryParse(string text, out string? failure)
    {
        failure = null;
        var scheme = text[..text.IndexOf(':', StringComparison.Ordinal)];
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            failure = $"DatabaseUrl names no server; write for example '{scheme}://host' or '{scheme}://host:8080'.";
        }
        else if (url.UserInfo.Length > 0)
        {
            failure = $"DatabaseUrl must have no user and no password; it is '{scheme}:…'. Give a token with AuthToken.";
        }
        else if (url.Fragment.Length > 0)
        {
            failure = $"DatabaseUrl takes no fragment; it is '{scheme}:…'.";
        }

        return failure is null ? ReadQuery(url!, out failure) : null; // parsed, or there would be a failure
    }

    private static DatabaseServer? ReadQuery(Uri url, out string? failure)
    {
        failure = null;
        var server = new DatabaseServer(new UriBuilder(url) { Query = "" }.Uri)
        {
            IsEncrypted = url.Scheme is "https" or "wss" or "libsql",
        };
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            // What stands there without a name may be a token, and is not shown.
            var (key, value) = pair.Split('=', 2) is [var name, var given] ? (name, Uri.UnescapeDataString(given)) : ("…", "");
            switch (key, value)
            {
                case (TokenKey, not ""):
                    server = server with { AuthToken = value };
                    break;
                case (EncryptionKey, "0" or "1") when url.Scheme == "libsql" && (value == "1" || url.Port > 0):
                    server = server with { IsEncrypted = value == "1" };
                    break;
                default:
                    failure = $"DatabaseUrl takes only 'authToken' and, with libsql:// and a port, 'tls=0' or 'tls=1' behind its '?'; it has '{key}'.";
                    return null;
            }
        }

        return server;
    }

    private static void Add(LibSqlConnectionStringBuilder builder, string key, string? value)
    {
        if (value is not null)
        {
            builder[key] = value;
        }
    }

    /// <summary>Says nothing of the token.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(Name);
        return true;
    }
}
