using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Queue;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class WorkerRegistryTests : IAsyncLifetime
{
    private readonly QueueBench _bench = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _bench.InitializeAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_a_dead_worker_held_is_free_at_the_first_look()
    {
        await _bench.StoreRunAsync();
        await EnterDeadAsync("wrkr_dead");
        await _bench.ClaimOneAsync("wrkr_dead");

        await using var registry = _bench.Registry("wrkr_b");
        await registry.RegisterAsync(Cancellation);

        var message = await _bench.ClaimOneAsync("wrkr_b");
        message.Interruptions.Should().Be(1);
        (await WorkersAsync()).Should().Equal("wrkr_b");
    }

    [Fact]
    public async Task What_a_living_worker_holds_stays_its_own()
    {
        await _bench.StoreRunAsync();
        await using var living = _bench.Registry("wrkr_a");
        await living.RegisterAsync(Cancellation);
        await _bench.ClaimOneAsync("wrkr_a");

        await using var registry = _bench.Registry("wrkr_b");
        await registry.RegisterAsync(Cancellation);
        await registry.LookAsync(Cancellation);

        (await _bench.CountClaimableAsync("wrkr_b")).Should().Be(0);
        (await WorkersAsync()).Should().Equal("wrkr_a", "wrkr_b");
        _bench.Database.IsShared.Should().BeTrue();
    }

    [Fact]
    public async Task A_lease_that_is_over_ends_only_after_it_stood_still_for_half_a_lease_here()
    {
        await _bench.StoreRunAsync();
        await using var hanging = _bench.Registry("wrkr_a");
        await hanging.RegisterAsync(Cancellation);
        await _bench.ClaimOneAsync("wrkr_a");
        await using var observer = _bench.Registry("wrkr_b");
        await observer.RegisterAsync(Cancellation);

        // It has lapsed for long when it is seen for the first time, or the clock was set: whoever lives renews it within a third.
        _bench.Clock.Advance(QueueBench.Lease * 10);
        await observer.LookAsync(Cancellation);
        _bench.Clock.Advance((QueueBench.Lease / 2) - TimeSpan.FromMilliseconds(1));
        await observer.LookAsync(Cancellation);
        (await _bench.CountClaimableAsync("wrkr_b")).Should().Be(0);
        _bench.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await observer.LookAsync(Cancellation);

        var message = await _bench.ClaimOneAsync("wrkr_b");
        (message.Interruptions, message.Attempt).Should().Be((1, 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task A_worker_that_dies_without_a_lock_is_noticed_at_the_end_of_its_lease(int secondsBetweenLooks)
    {
        await _bench.StoreRunAsync();
        await using var observer = new WorkerRegistry(
            _bench.Database,
            new WorkerSettings("wrkr_b", LockFolderAndName: null, QueueBench.Lease) { LookInterval = TimeSpan.FromSeconds(secondsBetweenLooks) },
            _bench.Hub,
            _bench.Clock,
            _bench.Diagnostics);
        var recovered = new List<string>();
        _bench.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.WorkerRecovered)
            {
                recovered.Add(transition.Subject);
            }
        };
        await _bench.ClaimOneAsync("wrkr_a"); // and never renews it

        var step = TimeSpan.FromMilliseconds(500);
        for (var passed = TimeSpan.Zero; passed < QueueBench.Lease; passed += step)
        {
            await observer.LookAsync(Cancellation);
            recovered.Should().BeEmpty($"a lease lasts {QueueBench.Lease}, and {passed} have passed");
            _bench.Clock.Advance(step);
        }

        await observer.LookAsync(Cancellation);

        recovered.Should().Equal("wrkr_a");
        (await _bench.ClaimOneAsync("wrkr_b")).Interruptions.Should().Be(1);
    }

    [Fact]
    public async Task A_renewal_starts_the_watch_anew()
    {
        await _bench.StoreRunAsync();
        var held = await _bench.ClaimOneAsync("wrkr_a");
        await using var observer = _bench.Registry("wrkr_b");
        await observer.RegisterAsync(Cancellation);
        _bench.Clock.Advance(QueueBench.Lease);
        await observer.LookAsync(Cancellation);
        await _bench.Store("wrkr_a").RenewAsync([new(held, 0)], Cancellation);

        _bench.Clock.Advance(QueueBench.Lease);
        await observer.LookAsync(Cancellation);

        (await _bench.CountClaimableAsync("wrkr_b")).Should().Be(0);
    }

    [Fact]
    public async Task A_worker_that_leaves_takes_its_row_and_its_lock_with_it()
    {
        var registry = _bench.Registry("wrkr_a");
        await registry.RegisterAsync(Cancellation);
        File.Exists(_bench.LockPrefix + "wrkr_a").Should().BeTrue();

        await registry.DisposeAsync();

        (await WorkersAsync()).Should().BeEmpty();
        File.Exists(_bench.LockPrefix + "wrkr_a").Should().BeFalse();
    }

    [Fact]
    public async Task The_last_one_left_no_longer_makes_room_for_others()
    {
        var other = _bench.Registry("wrkr_a");
        await other.RegisterAsync(Cancellation);
        await using var registry = _bench.Registry("wrkr_b");
        await registry.RegisterAsync(Cancellation);
        _bench.Database.IsShared.Should().BeTrue();

        await other.DisposeAsync();
        await registry.LookAsync(Cancellation);

        _bench.Database.IsShared.Should().BeFalse();
    }

    [Fact]
    public void A_lock_that_is_held_says_that_its_holder_lives_and_a_free_one_is_cleared_away()
    {
        var path = _bench.LockPrefix + "wrkr_x";
        var held = WorkerLock.Create(path);
        WorkerLock.TryTake(path).Should().BeNull();
        WorkerLock.KeepsOthersOut(path).Should().BeTrue();
        held.Dispose();
        File.WriteAllText(path, "");

        var taken = WorkerLock.TryTake(path);

        taken.Should().NotBeNull();
        taken!.Dispose();
        File.Exists(path).Should().BeFalse();
        WorkerLock.TryTake(path).Should().BeNull();
    }

    [Fact]
    public async Task The_lock_of_a_process_that_was_killed_while_it_opened_the_database_goes_with_the_next_one_that_opens_it()
    {
        var ids = new IdGenerator(_bench.Clock);
        var (killed, opening) = (_bench.LockPrefix + ids.NewWorkerId(), _bench.LockPrefix + ids.NewWorkerId());
        var notes = _bench.LockPrefix + "wrkr_notes";
        await File.WriteAllTextAsync(killed, "", Cancellation);
        await File.WriteAllTextAsync(notes, "of somebody", Cancellation);
        using var held = WorkerLock.Create(opening);

        await using var registry = _bench.Registry("wrkr_b");
        await registry.RegisterAsync(Cancellation);

        File.Exists(killed).Should().BeFalse();
        File.Exists(opening).Should().BeTrue("whoever opens the database has the lock before the row");
        File.Exists(notes).Should().BeTrue();
        (await WorkersAsync()).Should().Equal("wrkr_b");
    }

    [Fact]
    public async Task A_worker_that_died_between_the_look_and_the_removal_of_its_lock_is_recovered()
    {
        var dead = new IdGenerator(_bench.Clock).NewWorkerId();
        await _bench.StoreRunAsync();
        await EnterDeadAsync(dead);
        await _bench.ClaimOneAsync(dead);
        await using var registry = _bench.Registry("wrkr_b");

        await registry.SweepAsync(_bench.LockPrefix, Cancellation);

        (await WorkersAsync()).Should().BeEmpty();
        File.Exists(_bench.LockPrefix + dead).Should().BeFalse();
        (await _bench.ClaimOneAsync("wrkr_b")).Interruptions.Should().Be(1);
    }

    [Fact]
    public async Task Whoever_removes_locks_that_nobody_holds_never_takes_one_from_a_process_that_just_makes_it()
    {
        var ids = new IdGenerator(_bench.Clock);
        using var isOver = new CancellationTokenSource();
        var sweepers = Enumerable.Range(0, 3).Select(_ => Task.Run(Sweep, Cancellation)).ToList();

        for (var i = 0; i < 1_000; i++)
        {
            var path = _bench.LockPrefix + ids.NewWorkerId();
            using var made = WorkerLock.Create(path);
            File.Exists(path).Should().BeTrue();
            WorkerLock.TryTake(path).Should().BeNull();
            File.Exists(path).Should().BeTrue();
        }

        await isOver.CancelAsync();
        await Task.WhenAll(sweepers);

        void Sweep()
        {
            while (!isOver.IsCancellationRequested)
            {
                foreach (var (path, _) in WorkerLock.FindAll(_bench.LockPrefix))
                {
                    WorkerLock.TryTake(path)?.Dispose();
                }
            }
        }
    }

    /// <summary>What a process that was killed leaves: its row, and a lock file that nobody holds.</summary>
    private async Task EnterDeadAsync(string workerId)
    {
        await File.WriteAllTextAsync(_bench.LockPrefix + workerId, "", Cancellation);
        await _bench.RunAsync("INSERT INTO workers VALUES (@id, 1, 0)", ("id", workerId));
    }

    private async Task<IEnumerable<string>> WorkersAsync() =>
        (await _bench.RunAsync("SELECT worker_id FROM workers ORDER BY worker_id")).Select(row => row.Text(0));
}
