using System.Data.Common;
using System.Reflection;
using TursoWorld.Sql;

namespace TursoWorld.Tests.Workflows;

/// <summary>The real database of a world, with something that happens before or after the writing of a unit.</summary>
internal sealed class FaultyDatabase : ISqlDatabase
{
    private readonly ISqlDatabase _inner;
    private int _reads;

    private FaultyDatabase(ISqlDatabase inner) => _inner = inner;

    /// <summary>Called before every turn of a run, with what it is about to write; may throw.</summary>
    public Func<Unit, Task> BeforeTurn { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called after every turn of a run, when it is in the database; may throw.</summary>
    public Action<Unit> AfterTurn { get; set; } = _ => { };

    /// <summary>Called before every unit that is no turn of a run; may throw.</summary>
    public Action<Unit> BeforeUnit { get; set; } = _ => { };

    /// <summary>Called after every unit that is no turn of a run, when it is in the database; may throw.</summary>
    public Action<Unit> AfterUnit { get; set; } = _ => { };

    /// <summary>Called before every transactional step; may throw.</summary>
    public Action BeforeTransaction { get; set; } = () => { };

    /// <summary>Called after every transactional step, when it is in the database; may throw.</summary>
    public Action AfterTransaction { get; set; } = () => { };

    /// <summary>Called after every other write, with its result; says what the caller is told of it.</summary>
    public Func<UnitResult, UnitResult> AfterWrite { get; set; } = result => result;

    /// <summary>Called before everything that is read, with its type; may throw.</summary>
    public Action<Type> BeforeRead { get; set; } = _ => { };

    /// <summary>How often somebody has read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public string Name => _inner.Name;

    public bool IsShared
    {
        get => _inner.IsShared;
        set => _inner.IsShared = value;
    }

    public static StorageException Fault(string code) => new(code, "Made by a test.", isTransient: true);

    /// <summary>Puts itself between a world and its database.</summary>
    public static async Task<FaultyDatabase> InstallAsync(World world)
    {
        await world.Shared.OpenDatabaseAsync(CancellationToken.None);
        var field = typeof(LazyDatabase).GetField("_database", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var faulty = new FaultyDatabase((ISqlDatabase)field.GetValue(world.Shared.Database)!);
        field.SetValue(world.Shared.Database, faulty);
        return faulty;
    }

    public async Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken)
    {
        if (!WrittenTurn.Is(unit))
        {
            BeforeUnit(unit);
            var written = AfterWrite(await _inner.WriteAsync(unit, cancellationToken));
            AfterUnit(unit);
            return written;
        }

        await BeforeTurn(unit);
        var result = await _inner.WriteAsync(unit, cancellationToken);
        AfterTurn(unit);
        return result;
    }

    public ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        BeforeRead(typeof(T));
        return _inner.ReadAsync(read, cancellationToken);
    }

    public async Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken)
    {
        BeforeTransaction();
        var result = await _inner.TransactAsync(guard, body, limit, cancellationToken);
        AfterTransaction();
        return result;
    }

    public ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken) =>
        _inner.ReadChangeCounterAsync(cancellationToken);

    public Task<long> CopyAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken) =>
        _inner.CopyAsync(path, finish, cancellationToken);

    public ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken) =>
        _inner.CheckFileAsync(cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
