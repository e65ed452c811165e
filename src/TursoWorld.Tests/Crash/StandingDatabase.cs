using System.Data.Common;
using TursoWorld.Sql;

namespace TursoWorld.Tests.Crash;

/// <summary>Stands still before each unit and after it: <c>before write 1</c>, <c>after write 1</c>, …</summary>
internal sealed class StandingDatabase(ISqlDatabase inner) : ISqlDatabase
{
    private int _writes;

    public string Name => inner.Name;

    public bool IsShared
    {
        get => inner.IsShared;
        set => inner.IsShared = value;
    }

    public async Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken)
    {
        var write = ++_writes;
        CrashPoint.Reach($"before write {write}");
        var result = await inner.WriteAsync(unit, cancellationToken);
        CrashPoint.Reach($"after write {write}");
        return result;
    }

    public ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken) =>
        inner.ReadAsync(read, cancellationToken);

    public Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken) => inner.TransactAsync(guard, body, limit, cancellationToken);

    public ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken) =>
        inner.ReadChangeCounterAsync(cancellationToken);

    public Task<long> CopyAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken) =>
        inner.CopyAsync(path, finish, cancellationToken);

    public ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken) =>
        inner.CheckFileAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
