using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;

namespace TursoWorld.Sql;

/// <summary>
/// A connection lent to a function that reads. On a file every method has ended when it returns, so that a function which awaits
/// nothing else never leaves its thread; on a server no thread waits for the answer.
/// </summary>
/// <param name="Connection">The connection; it refuses writes.</param>
/// <param name="CancellationToken">Stops reading between two rows.</param>
internal readonly record struct SqlReader(DbConnection Connection, CancellationToken CancellationToken)
{
    /// <summary>All rows, in memory.</summary>
    public async Task<List<T>> QueryAsync<T>(string text, object? arguments = null) =>
        (await Connection.QueryAsync<T>(Command(text, arguments)).ConfigureAwait(false)).AsList();

    /// <summary>The only row; null, or zero, when there is none.</summary>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string text, object? arguments = null) =>
        Connection.QuerySingleOrDefaultAsync<T>(Command(text, arguments));

    /// <summary>The first column of the first row; null, or zero, when there is none.</summary>
    public Task<T?> ScalarAsync<T>(string text, object? arguments = null) =>
        Connection.ExecuteScalarAsync<T>(Command(text, arguments));

    /// <summary>The rows one by one, for those who stop when they have enough or keep few of many.</summary>
    public ConfiguredCancelableAsyncEnumerable<T> EnumerateAsync<T>(string text, object? arguments = null) =>
        Connection.QueryUnbufferedAsync<T>(text, arguments).WithCancellation(CancellationToken).ConfigureAwait(false);

    /// <summary>The least of what a statement finds for each of some arguments; null when it finds nothing for any.</summary>
    public async Task<long?> LeastAsync(string text, IEnumerable<object> arguments)
    {
        long? least = null;
        foreach (var one in arguments)
        {
            var found = await ScalarAsync<long?>(text, one).ConfigureAwait(false);
            least = found < least || least is null ? found : least;
        }

        return least;
    }

    private CommandDefinition Command(string text, object? arguments) =>
        new(text, arguments, cancellationToken: CancellationToken);
}
