using System.Globalization;
using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>Plain messages over several processes.</summary>
public sealed class QueueCrashTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Two_processes_handle_each_message_and_never_one_at_the_same_time()
    {
        var theirs = _folder.At("theirs.txt");
        await using var child = ChildProcess.Start("handle", _folder.Database, theirs, "any");
        await child.ReachedAsync("ready");
        await using var world = QueueWorld.Create(_folder.Database);
        var bothAtWork = new ManualResetEventSlim();
        QueueWorld.Handle(world, _folder.Ledger, _ => bothAtWork.Wait(Limit, Cancellation));
        var messages = Enumerable.Range(0, 500)
            .Select(i => new OutgoingMessage($"work-{i % 5}", Encoding.UTF8.GetBytes($"{i}"))).ToList();

        var ids = await world.QueueBatchAsync(messages, Cancellation); // before the start: both have to look for them
        await world.StartAsync(Cancellation);
        await child.ContinueAsync();
        await child.ReachedAsync("in any");
        bothAtWork.Set();
        await child.ContinueAsync();
        await EmptyAsync(world);

        var ours = _folder.ReadLedger().Select(Entry.Parse).ToList();
        var all = ours.Concat((await File.ReadAllLinesAsync(theirs, Cancellation)).Select(Entry.Parse)).ToLookup(entry => entry.MessageId);
        all.Select(entries => entries.Key).Should().BeEquivalentTo(ids);
        all.Should().OnlyContain(entries => IsOneAfterTheOther(entries));
        ours.Should().NotBeEmpty().And.HaveCountLessThan(1000, "the other process takes its share");
    }

    [Fact]
    public async Task A_message_whose_process_is_killed_in_the_handler_is_delivered_again()
    {
        await using var world = QueueWorld.Create(_folder.Database);
        var id = await world.QueueAsync("work", "stop"u8.ToArray(), null, Cancellation);
        await using (var child = ChildProcess.Start("handle", _folder.Database, _folder.At("theirs.txt"), "stop"))
        {
            await child.ReachedAsync("ready");
            await child.ContinueAsync();
            await child.ReachedAsync("in stop");
            await child.KillAsync();
        }

        var transitions = new Transitions(world.Shared.Diagnostics);
        QueueWorld.Handle(world, _folder.Ledger, _ => { });
        await world.StartAsync(Cancellation);
        await transitions.NextAsync(TransitionKind.MessageCompleted, id);

        _folder.ReadLedger().Should().HaveCount(2).And.OnlyContain(line => line.Contains(id) && line.EndsWith(" 2"));
        (await world.Queues.ListAsync(Cancellation)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_holds_in_the_next_process()
    {
        string first;
        await using (var child = ChildProcess.Start("send", _folder.Database))
        {
            await child.PrintedAsync("reached msg_");
            first = child.Output.Split(' ')[^1].Trim();
            await child.KillAsync();
        }

        await using var world = QueueWorld.Create(_folder.Database);
        var second = await world.QueueAsync("keyed", default, new() { IdempotencyKey = "k" }, Cancellation);

        second.Should().Be(first);
        (await world.Queues.ListAsync(Cancellation)).Should().ContainSingle().Which.Ready.Should().Be(1);
    }

    private static bool IsOneAfterTheOther(IEnumerable<Entry> entries)
    {
        var inOrder = entries.OrderBy(entry => entry.At).ToList();
        return inOrder.Select((entry, i) => entry.What == (i % 2 == 0 ? "begin" : "end")).All(holds => holds);
    }

    private static async Task EmptyAsync(World world)
    {
        var changed = new TursoWorld.Queue.WakeSignal(TimeProvider.System);
        world.Shared.Diagnostics.Happened += _ => changed.Set();
        world.Shared.Hub.ChangedElsewhere += changed.Set;
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        while ((await world.Queues.ListAsync(limit.Token)).Count > 0)
        {
            await changed.WaitUntilAsync(null, limit.Token);
        }
    }

    private sealed record Entry(long At, string MessageId, string What)
    {
        public static Entry Parse(string line)
        {
            var words = line.Split(' ');
            return new Entry(long.Parse(words[0], CultureInfo.InvariantCulture), words[1], words[2]);
        }
    }
}
