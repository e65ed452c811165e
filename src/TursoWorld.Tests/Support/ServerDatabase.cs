using System.Security.Cryptography;

namespace TursoWorld.Tests.Support;

/// <summary>A database of a test's own on a server with namespaces; deleted at the end.</summary>
internal sealed class ServerDatabase : IAsyncDisposable
{
    private readonly Uri _adminUrl;

    private ServerDatabase(Uri url, Uri adminUrl, string name)
    {
        (Url, _adminUrl, Name) = (url, adminUrl, name);
    }

    /// <summary>Where the server listens. The database is the one that <see cref="Host"/> names.</summary>
    public Uri Url { get; }

    /// <summary>The name of the namespace.</summary>
    public string Name { get; }

    /// <summary>What to send in the header of this name, whose first label is the namespace.</summary>
    public string Host => $"{Name}.test";

    public string ConnectionString => $"Data Source={Url};Host={Host}";

    /// <param name="transactionSeconds">How long a transaction has the lock while others wait; null: what the server has by default, 5.</param>
    internal static async Task<ServerDatabase> CreateAsync(Uri url, Uri adminUrl, int? transactionSeconds)
    {
        var name = "t" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var options = transactionSeconds is { } seconds ? $$"""{ "txn_timeout_s": {{seconds}} }""" : "{}";
        await SqldServer.AdministerAsync(adminUrl, HttpMethod.Post, $"/v1/namespaces/{name}/create", options);
        return new ServerDatabase(url, adminUrl, name);
    }

    public async ValueTask DisposeAsync() =>
        await SqldServer.AdministerAsync(_adminUrl, HttpMethod.Delete, $"/v1/namespaces/{Name}");
}
