using TursoWorld.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace TursoWorld.Tests.Support;

/// <summary>
/// The server of this run of the tests, on which each test has databases of its own. It is started for the first that asks and
/// killed at the end. <see cref="UrlVariable"/> and <see cref="AdminVariable"/> name another one.
/// </summary>
public sealed class SharedServer : IAsyncDisposable
{
    /// <summary>The environment variable with the address of a server to use instead.</summary>
    internal const string UrlVariable = "TURSOWORLD_TEST_LIBSQL_URL";

    /// <summary>The environment variable with the address at which that server makes namespaces.</summary>
    internal const string AdminVariable = "TURSOWORLD_TEST_LIBSQL_ADMIN_URL";

    private static readonly Lazy<Task<SqldServer>> Own = new(() => SqldServer.StartAsync("--enable-namespaces"));

    /// <summary>A new database on the server; skips the test where there is no server.</summary>
    /// <param name="transactionSeconds">How long a transaction has the lock while others wait; null: what the server has by default, 5.</param>
    internal static async Task<ServerDatabase> DatabaseAsync(int? transactionSeconds = null)
    {
        var (url, adminUrl) = (Environment.GetEnvironmentVariable(UrlVariable), Environment.GetEnvironmentVariable(AdminVariable));
        if (string.IsNullOrEmpty(url))
        {
            var server = await Own.Value;
            return await ServerDatabase.CreateAsync(server.Url, server.AdminUrl, transactionSeconds);
        }

        Requirement.Skip(string.IsNullOrEmpty(adminUrl)
            ? $"{UrlVariable} names a server. Name its administration in {AdminVariable} as well: each test makes a namespace there."
            : null);
        return await ServerDatabase.CreateAsync(new Uri(url), new Uri(adminUrl!), transactionSeconds); // its lack has ended the test
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Own.IsValueCreated && Own.Value.IsCompletedSuccessfully)
        {
            await (await Own.Value).DisposeAsync();
        }
    }
}
