using System.Collections.Concurrent;
using TursoWorld.Sql;

namespace TursoWorld.Tests.Support;

/// <summary>A real transport that stands still or fails where a test wants it to.</summary>
internal sealed class FaultyTransport(IUnitTransport inner) : IUnitTransport
{
    private readonly ConcurrentQueue<int> _groups = [];

    /// <summary>How many units each transaction was tried with, in order.</summary>
    public IReadOnlyList<int> Groups => [.. _groups];

    public Func<Task> BeforeBegin { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeExecute { get; set; } = () => Task.CompletedTask;

    /// <summary>Whether a caller may find the transport free, and write on its own thread.</summary>
    public bool BeginsAtOnce { get; set; }

    public bool TryBegin() => BeginsAtOnce && inner.TryBegin();

    public bool HasWaitedInVain(long askedAt) => inner.HasWaitedInVain(askedAt);

    public async ValueTask<UnitResult?> BeginAsync(long askedAt, CancellationToken stopping)
    {
        await BeforeBegin();
        return await inner.BeginAsync(askedAt, stopping);
    }

    public async ValueTask<IReadOnlyList<UnitResult>?> ExecuteAsync(IReadOnlyList<Unit> units, CancellationToken stopping)
    {
        _groups.Enqueue(units.Count);
        await BeforeExecute();
        return await inner.ExecuteAsync(units, stopping);
    }

    public void Rollback() => inner.Rollback();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
