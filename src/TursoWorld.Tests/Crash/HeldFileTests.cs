using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using SQLitePCL;
using TursoWorld.Tests.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process that is stopped inside a transaction keeps its lock, and nobody may wait for it without end.</summary>
public sealed class HeldFileTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private static readonly WorkflowDefinition<string, string> Greeting = Workflow.Define<string, string>(
        "greeting", (flow, name) => flow.StepAsync("greet", _ => Task.FromResult($"Hello, {name}")));

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Stands still inside a transaction.</summary>
    public static Task<int> HoldAsync(string[] args)
    {
        using var holder = new RawDatabase(args[0]);
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        CrashPoint.Reach("held");
        return Task.FromResult(0);
    }

    [Fact]
    public async Task What_waits_for_a_process_that_is_stopped_in_a_transaction_fails_and_works_again_when_that_is_gone()
    {
        await using var world = CreateWorld();
        await world.StartAsync(Cancellation);
        await using var holder = await StartHolderAsync();

        var start = await StartRunAsync(world);
        var send = await world.Awaiting(busy => busy.QueueAsync("mail", default, null, Cancellation).WaitAsync(Limit, Cancellation))
            .Should().ThrowAsync<StorageException>();
        var read = await world.Runs.ListAsync(cancellationToken: Cancellation);

        start.Should().BeEquivalentTo(new { Code = ErrorCodes.DatabaseBusy, IsTransient = true });
        send.Which.Code.Should().Be(ErrorCodes.DatabaseBusy);
        read.Items.Should().BeEmpty("nothing of the refused run is written, and reading needs no lock");
        await holder.KillAsync();
        var run = await world.StartRunAsync(Greeting, "again", null, Cancellation);
        (await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation)).Should().Be("Hello, again");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    [Fact]
    public async Task Neither_opening_nor_disposal_waits_for_it_without_end()
    {
        await using (var before = CreateWorld())
        {
            await before.StartAsync(Cancellation); // makes the tables
        }

        await using var holder = await StartHolderAsync();
        var world = CreateWorld();

        var start = await world.Awaiting(busy => busy.StartAsync(Cancellation).WaitAsync(Limit, Cancellation))
            .Should().ThrowAsync<StorageException>();

        start.Which.Should().BeEquivalentTo(new { Code = ErrorCodes.DatabaseBusy, IsTransient = true });
        await world.DisposeAsync().AsTask().WaitAsync(Limit, Cancellation);
    }

    [Fact]
    public async Task A_started_world_can_be_disposed_of()
    {
        var world = CreateWorld();
        await world.StartAsync(Cancellation);
        await using var holder = await StartHolderAsync();

        await world.DisposeAsync().AsTask().WaitAsync(Limit, Cancellation);
    }

    [Fact]
    public async Task A_world_that_is_stopped_while_it_still_waits_for_the_file_does_not_start()
    {
        await using (var before = CreateWorld())
        {
            await before.StartAsync(Cancellation);
        }

        await using var holder = await StartHolderAsync();
        await using var world = CreateWorld(TimeSpan.FromHours(1));
        var start = Task.Run(() => world.StartAsync(Cancellation), Cancellation);

        await world.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Limit, Cancellation);

        await start.Awaiting(starting => starting.WaitAsync(Limit, Cancellation)).Should().ThrowAsync<InvalidOperationException>();
        await world.Awaiting(stopped => stopped.StartAsync(Cancellation)).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task What_a_process_leaves_that_is_killed_while_it_waits_to_open_the_file_goes_with_the_next_one()
    {
        await using (var before = CreateWorld())
        {
            await before.StartAsync(Cancellation);
        }

        using (var holder = new RawDatabase(_folder.Database))
        {
            holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
            using var watcher = new FileSystemWatcher(Path.GetDirectoryName(_folder.Database)!, "*-wrkr_*");
            var hasLock = new TaskCompletionSource();
            watcher.Created += (_, _) => hasLock.TrySetResult();
            watcher.EnableRaisingEvents = true;
            await using var opening = ChildProcess.Start("work", _folder.Database, _folder.Ledger);
            await hasLock.Task.WaitAsync(Limit, Cancellation);
            await opening.KillAsync();
        }

        Locks().Should().ContainSingle("the process was killed before it had a row");
        await using (var after = CreateWorld())
        {
            await after.StartAsync(Cancellation);
            Locks().Should().ContainSingle("its own");
        }

        Locks().Should().BeEmpty();

        string[] Locks() => Directory.GetFiles(Path.GetDirectoryName(_folder.Database)!, "*-wrkr_*");
    }

    private static async Task<StorageException> StartRunAsync(World world) =>
        (await world.Awaiting(busy => busy.StartRunAsync(Greeting, "now", null, Cancellation).WaitAsync(Limit, Cancellation))
            .Should().ThrowAsync<StorageException>()).Which;

    private World CreateWorld(TimeSpan? busyTimeout = null)
    {
        var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = _folder.Url, BusyTimeout = busyTimeout ?? TimeSpan.FromSeconds(1) });
        world.Register(Greeting);
        return world;
    }

    /// <summary>Another process, stopped (SIGSTOP) inside a transaction where the system can.</summary>
    private async Task<ChildProcess> StartHolderAsync()
    {
        var holder = ChildProcess.Start("hold-the-file", _folder.Database);
        await holder.ReachedAsync("held");
        if (!OperatingSystem.IsWindows())
        {
            using var kill = Process.Start("kill", ["-STOP", holder.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(Cancellation);
        }

        return holder;
    }
}
