using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A caller who finds the writer idle writes its unit itself.</summary>
public sealed class OwnThreadTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new();
    private int _writingThread;

    public OwnThreadTests()
    {
        _bench.Transport.BeginsAtOnce = true;
        _bench.Transport.BeforeExecute = () =>
        {
            _writingThread = Environment.CurrentManagedThreadId;
            return Task.CompletedTask;
        };
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_thread_of_the_pool_has_its_answer_when_the_call_returns()
    {
        var (isWritten, thread) = await Task.Run(() =>
        {
            var writing = _bench.Writer.WriteAsync(Items.UnitOf(1), CancellationToken.None);
            return (writing.IsCompletedSuccessfully && writing.Result.IsCommitted, Environment.CurrentManagedThreadId);
        });

        isWritten.Should().BeTrue();
        _writingThread.Should().Be(thread);
        _bench.Ids.Should().Equal(1);
    }

    [Fact]
    public async Task A_thread_that_may_draw_a_window_does_not_wait_for_the_disk()
    {
        Task<UnitResult>? writing = null;
        var thread = new Thread(() => writing = _bench.WriteAsync(Items.UnitOf(1)));
        thread.Start();
        thread.Join();

        (await writing!).IsCommitted.Should().BeTrue();
        _writingThread.Should().NotBe(thread.ManagedThreadId);
    }

    [Fact]
    public async Task A_unit_that_nobody_waits_for_leaves_the_writer_to_others()
    {
        var isWritten = await Task.Run(() =>
        {
            var hold = _bench.HoldBegin();
            var writing = _bench.WriteAsync(Items.UnitOf(1) with { CanWait = true });
            var wasWritten = writing.IsCompleted;
            hold.Release();
            return wasWritten;
        });

        isWritten.Should().BeFalse();
    }

    [Fact]
    public async Task Units_that_come_in_crowds_share_a_commit()
    {
        _bench.Transport.BeginsAtOnce = false;
        await _bench.WriteTogetherAsync(Items.UnitOf(1), Items.UnitOf(2), Items.UnitOf(3));
        _bench.Transport.BeginsAtOnce = true;

        await Task.Run(() => _bench.WriteTogetherAsync(Items.UnitOf(4), Items.UnitOf(5), Items.UnitOf(6)));

        _bench.Transport.Groups[^1].Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task While_another_process_writes_the_caller_is_not_kept()
    {
        using var holder = new RawDatabase(_bench.Path);
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);

        var (isCompleted, writing) = await Task.Run(() =>
        {
            var writing = _bench.WriteAsync(Items.UnitOf(1));
            return (writing.IsCompleted, writing);
        });

        isCompleted.Should().BeFalse();
        holder.Execute("COMMIT").Should().Be(raw.SQLITE_OK);
        (await writing).IsCommitted.Should().BeTrue();
    }

    [Fact]
    public async Task A_unit_that_fails_fails_its_caller_and_nobody_later()
    {
        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(1)));

        var refused = await Task.Run(() => _bench.WriteAsync(new Unit(Items.Insert(2), Items.Insert(1))));
        var guarded = await Task.Run(() => _bench.WriteAsync(Items.UnitOf(3) with { Guard = Items.Guard(holds: false) }));
        var next = await Task.Run(() => _bench.WriteAsync(Items.UnitOf(4)));

        refused.Error.Should().Be(SqlErrorKind.UniqueViolation);
        guarded.Guard.Should().Be("lease");
        next.IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1, 4);
    }

    [Fact]
    public async Task An_exception_of_the_transport_leaves_nothing_behind()
    {
        _bench.Transport.BeforeExecute = () => throw new IOException("pulled out");

        var write = () => Task.Run(() => _bench.WriteAsync(Items.UnitOf(1)));

        await write.Should().ThrowAsync<IOException>().WithMessage("pulled out");
        _bench.Transport.BeforeExecute = () => Task.CompletedTask;
        (await Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)))).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(2);
    }

    [Fact]
    public async Task What_comes_while_a_caller_writes_is_written_after_it()
    {
        var hold = _bench.HoldExecute();
        var first = Task.Run(() => _bench.WriteAsync(Items.UnitOf(1)));
        await hold.ReachedAsync();

        var second = Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)));
        _bench.Writer.TryRunIdle(() => 1, out _).Should().BeFalse();
        hold.Release();

        (await first).IsCommitted.Should().BeTrue();
        (await second).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1, 2);
    }
}
