using System.Globalization;
using System.Text;
using FluentAssertions;
using TursoWorld.Tests.Contract;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>Two processes that use the same runs, the same stream and the same messages at the same time.</summary>
public sealed class EventProcessesTests : IAsyncDisposable
{
    private const string Refused = "409 EVENT_CONFLICT";

    private readonly CrashFolder _folder = new();
    private readonly World _world;

    public EventProcessesTests() => _world = EventHammer.Create(_folder.Database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task One_log_is_dense_has_one_end_and_is_missed_by_no_reader()
    {
        var runId = await _world.RunningAsync();
        var reader = ReadToTheEndAsync(runId);

        var (ours, theirs) = await HammerAsync(EventHammer.Run, [runId], [runId]);

        List<string> all = [.. ours, .. theirs];
        var length = (await _world.LogAsync(runId)).Count;
        var taken = all.Where(line => line != Refused).Select(line => line.Split(' ')).ToList();
        taken.Select(words => long.Parse(words[1], CultureInfo.InvariantCulture)).Order()
            .Should().Equal(Enumerable.Range(3, length - 2).Select(i => (long)i), "each was told another position");
        taken.Should().ContainSingle(words => words[0] == "ended").Which[1].Should().Be($"{length}", "nothing is behind the end");
        ours.Should().Contain(line => IsAbout(line, "appended"));
        theirs.Should().Contain(line => IsAbout(line, "appended"));
        (await reader).Should().Equal(Enumerable.Range(1, length).Select(i => (long)i));
        await _world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task One_token_has_one_holder_at_a_time_and_every_loser_is_told_who()
    {
        var runIds = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            runIds.Add(await _world.RunningAsync());
        }

        var (ours, theirs) = await HammerAsync(EventHammer.Hook, [.. runIds[..4]], [.. runIds[4..]]);

        List<string> all = [.. ours, .. theirs];
        var events = await HookEventsAsync(runIds);
        var replayed = Replay(events);
        replayed.Should().Equal(all.Count(line => line == "held"), all.Count(line => line == "conflict"));
        replayed.Should().OnlyContain(count => count > 0);
        ours.Should().Contain("held");
        theirs.Should().Contain("held");
        (await _world.Hooks.ListAsync(cancellationToken: Cancellation)).Items.Should().BeEmpty();
        await _world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task One_step_is_started_by_one_and_completed_by_one()
    {
        var runId = await _world.RunningAsync();

        var (ours, theirs) = await HammerAsync(EventHammer.Step, [runId], [runId]);

        List<string> all = [.. ours, .. theirs];
        var steps = (await _world.Steps.ListAsync(runId, cancellationToken: Cancellation)).Items;
        steps.Should().HaveCount(EventHammer.Steps).And.OnlyContain(step => step.Attempt == 1);
        all.Where(line => IsAbout(line, "started")).Should().BeEquivalentTo(
            (await _world.LogAsync(runId)).OfType<WorkflowEvent.StepStarted>().Select(e => $"started {e.StepId} {e.OwnerMessageId}"));
        all.Where(line => IsAbout(line, "completed")).Should().BeEquivalentTo(
            steps.Select(step => $"completed {step.StepId} {Encoding.UTF8.GetString(step.Output!.Value.Span)}"));
        all.Where(line => !IsAbout(line, "started") && !IsAbout(line, "completed")).Should().OnlyContain(line => line == Refused);
        (await _world.LogAsync(runId)).Should().HaveCount(2 + (3 * EventHammer.Steps));
        await _world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task One_stream_has_every_chunk_of_both_in_the_order_of_each_writer()
    {
        var runId = await _world.RunningAsync();
        var reader = ReadChunksAsync(runId);

        var (ours, theirs) = await HammerAsync(EventHammer.Stream, [runId], [runId]);
        await _world.Streams.CloseAsync(runId, EventHammer.StreamName, Cancellation);

        List<string> all = [.. ours, .. theirs];
        var chunks = await reader;
        chunks.Should().BeEquivalentTo(all);
        foreach (var told in all.GroupBy(WriterOf))
        {
            chunks.Where(chunk => WriterOf(chunk) == told.Key).Should().Equal(told);
        }

        await _world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task One_key_is_one_message_and_one_message_has_one_receiver()
    {
        var (ours, theirs) = await HammerAsync(EventHammer.Message, [], []);

        List<string> all = [.. ours, .. theirs];
        var ids = all.Where(line => IsAbout(line, "sent")).Distinct().Select(line => line.Split(' ')).ToList();
        ids.Should().HaveCount(EventHammer.Steps, "whoever sent with one key was told the same id");
        all.Where(line => IsAbout(line, "completed")).Should().BeEquivalentTo(ids.Select(words => $"completed {words[2]} 1"));
        (await _world.Queues.ListAsync(Cancellation)).Should().BeEmpty();
        await _world.ShouldBeSoundAsync();
    }

    private static string WriterOf(string chunk) => chunk.Split(' ')[0];

    private async Task<List<string>> ReadChunksAsync(string runId)
    {
        var chunks = new List<string>();
        await foreach (var chunk in _world.Streams.ReadAsync(runId, EventHammer.StreamName, 0, cancellationToken: Cancellation))
        {
            chunks.Add(Encoding.UTF8.GetString(chunk.Span));
        }

        return chunks;
    }

    private static bool IsAbout(string line, string what) => line.StartsWith(what, StringComparison.Ordinal);

    private async Task<(List<string> Ours, List<string> Theirs)> HammerAsync(string what, string[] ours, string[] theirs)
    {
        var hammer = new EventHammer(_world, "ours", ours);
        await using var child = ChildProcess.Start("hammer", [_folder.Database, what, .. theirs]);
        await child.ReachedAsync("ready");
        await EventHammer.WarmUpAsync(_world, what, "ours");
        await child.ContinueAsync();
        var account = await hammer.HammerAsync(what);
        (await child.WaitForExitAsync()).Should().Be(0, child.Output);
        return (account, EventHammer.AccountOf(child.Output));
    }

    /// <summary>Follows the cursor while everybody writes, until the run has ended.</summary>
    private async Task<List<long>> ReadToTheEndAsync(string runId)
    {
        var seen = new List<long>();
        var page = new PageRequest { Limit = 7 };
        while (true)
        {
            var read = await _world.Events.ListAsync(runId, page, Cancellation);
            seen.AddRange(read.Items.Select(e => e.Position));
            page = page with { Cursor = read.Cursor };
            if (read.Items.Any(e => e is WorkflowEvent.RunCompleted))
            {
                return seen;
            }

            await Task.Yield();
        }
    }

    /// <summary>What happened to hooks, in the order in which it was committed.</summary>
    private async Task<List<(string Type, string RunId, string Hook, string? Holder)>> HookEventsAsync(
        List<string> runIds) => await _world.Shared.Database.ReadAsync(
            async reader =>
            {
                var rows = await reader.QueryAsync<(string Type, string RunId, string Hook, string? Holder)>("""
                    SELECT e.event_type, r.run_id, e.correlation_id, json_extract(e.data, '$.conflictingRunId')
                    FROM workflow_events AS e
                    JOIN workflow_runs AS r ON r.run_key = e.run_key
                    WHERE e.event_type LIKE 'hook_%'
                    ORDER BY e.log_key, e.position
                    """);
                return rows.Where(row => runIds.Contains(row.RunId)).ToList();
            },
            Cancellation);

    /// <summary>Follows the token from holder to holder.</summary>
    /// <returns>How often it was taken, and how often it was refused.</returns>
    private static int[] Replay(List<(string Type, string RunId, string Hook, string? Holder)> events)
    {
        (string RunId, string Hook)? holder = null;
        var (taken, refused) = (0, 0);
        foreach (var next in events)
        {
            switch (next.Type)
            {
                case "hook_created":
                    holder.Should().BeNull("the token was taken {0} times by then", taken);
                    holder = (next.RunId, next.Hook);
                    taken++;
                    break;
                case "hook_conflict":
                    next.Holder.Should().NotBeNull().And.Be(holder?.RunId);
                    refused++;
                    break;
                default:
                    holder.Should().Be((next.RunId, next.Hook));
                    holder = next.Type == "hook_disposed" ? null : holder;
                    break;
            }
        }

        return [taken, refused];
    }
}
