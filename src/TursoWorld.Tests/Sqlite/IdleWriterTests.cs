using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class IdleWriterTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_function_runs_at_once_on_the_thread_of_its_caller()
    {
        await _bench.WriteAsync(Items.UnitOf(1));
        var caller = Environment.CurrentManagedThreadId;

        // The writer answers a moment before it is idle again.
        int thread;
        while (!_bench.Writer.TryRunIdle(() => Environment.CurrentManagedThreadId, out thread))
        {
            await Task.Yield();
        }

        thread.Should().Be(caller);
    }

    [Fact]
    public async Task A_writer_that_is_busy_or_closed_is_not_disturbed()
    {
        var hold = _bench.HoldExecute();
        var writing = _bench.WriteAsync(Items.UnitOf(1));
        await hold.ReachedAsync();

        _bench.Writer.TryRunIdle(() => 1, out _).Should().BeFalse();
        hold.Release();
        (await writing).IsCommitted.Should().BeTrue();
        await _bench.CloseAsync();
        _bench.Writer.TryRunIdle(() => 1, out _).Should().BeFalse();
    }

    [Fact]
    public async Task What_comes_meanwhile_is_written_after_the_function()
    {
        Task? writing = null;
        IReadOnlyList<long>? seen = null;
        while (!_bench.Writer.TryRunIdle(
            () =>
            {
                writing = _bench.WriteAsync(Items.UnitOf(1));
                seen = _bench.Ids;
                return true;
            },
            out _))
        {
            await Task.Yield();
        }

        await writing!;
        seen.Should().BeEmpty();
        _bench.Ids.Should().Equal(1);
    }
}
