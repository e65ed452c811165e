using FluentAssertions;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Runs that are started once under a key of the caller's own.</summary>
public abstract class RunKeyConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (_, text) => Task.FromResult(text));

    private static readonly WorkflowDefinition<string, string> Other = Workflow.Define<string, string>(
        "other", (_, text) => Task.FromResult(text));

    private static readonly WorkflowDefinition<int, string> Chain = Workflow.Define<int, string>("chain", async (flow, left) =>
    {
        await flow.HookAsync<string>("go");
        return left > 0 ? throw new ContinueAsNewException(left - 1) : flow.RunId;
    });

    private static readonly StartRunOptions Order = new() { Key = "order 42 / naïve 🙂" };

    [Fact]
    public async Task One_key_is_one_run()
    {
        var world = await Worlds.StartAsync(options => options.Codecs = [PayloadCodecsTests.Aes("k1")], Echo, Other);
        var first = await world.StartRunAsync(Echo, "a", Order, Limit);
        await ResultAsync(world, first);

        var again = await world.StartRunAsync(Echo, "a", Order with { RunId = world.Shared.Ids.NewRunId() }, Limit);
        var other = await world.StartRunAsync(Other, "b", Order, Limit);
        var different = () => world.StartRunAsync(Echo, "b", Order, Limit);

        again.RunId.Should().Be(first.RunId);
        (await ResultAsync(world, again)).Should().Be("a");
        other.RunId.Should().NotBe(first.RunId, "a key belongs to a workflow");
        var refused = (await different.Should().ThrowAsync<ConflictException>()).Which;
        refused.Code.Should().Be(ErrorCodes.RunKeyConflict);
        refused.Message.Should().Contain(first.RunId).And.Contain(Order.Key);
        await ResultAsync(world, other);
        (await world.Runs.CountAsync(Limit)).Values.Sum().Should().Be(2);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Whoever_starts_at_once_gets_the_same_run()
    {
        var world = await Worlds.StartAsync(Echo);

        var runs = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => world.StartRunAsync(Echo, "a", Order, Limit), Limit)));

        runs.Select(run => run.RunId).Distinct().Should().ContainSingle();
        (await ResultAsync(world, runs[0])).Should().Be("a");
        (await world.Runs.CountAsync(Limit)).Values.Sum().Should().Be(1);
    }

    [Fact]
    public async Task An_id_that_is_taken_is_a_conflict_all_the_same()
    {
        var world = Worlds.Create();
        var run = await world.StartRunAsync(Echo, "a", cancellationToken: Limit);

        var start = () => world.StartRunAsync(Echo, "a", Order with { RunId = run.RunId }, Limit);

        (await start.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.RunConflict);
        (await world.StartRunAsync(Echo, "b", Order, Limit)).RunId.Should().NotBe(run.RunId, "nothing was stored of the other start");
    }

    [Fact]
    public async Task A_key_leads_to_the_run_that_goes_on()
    {
        var world = await Worlds.StartAsync(Chain);
        var transitions = Watch(world);
        var first = await world.StartRunAsync(Chain, 1, Order, Limit);
        await ParkedAsync(transitions, first);
        await world.ResumeHookAsync("go", "", Limit);
        await transitions.NextAsync(Diagnostics.TransitionKind.RunCompleted, first.RunId);
        var next = (await first.GetAsync(Limit)).ContinuedToRunId!;

        (await world.StartRunAsync(Chain, 1, Order, Limit)).RunId.Should().Be(next);
        await world.Runs.DeleteAsync(first.RunId, Limit);
        (await world.StartRunAsync(Chain, 1, Order, Limit)).RunId.Should().Be(next);

        await transitions.NextAsync(Diagnostics.TransitionKind.RunParked, next);
        await world.ResumeHookAsync("go", "", Limit);
        (await ResultAsync(world, world.GetRun<string>(next))).Should().Be(next);
    }

    [Fact]
    public async Task A_key_is_held_for_as_long_as_the_caller_says()
    {
        var world = await Worlds.StartAsync(Echo);
        var hour = TimeSpan.FromHours(1);
        StartRunOptions[] kept = [Order, Order with { Key = "hour", KeyRetention = hour }, Order with { Key = "ever", KeyRetention = Timeout.InfiniteTimeSpan }];
        var runs = new List<RunHandle<string>>();
        foreach (var options in kept)
        {
            runs.Add(await world.StartRunAsync(Echo, "a", options, Limit));
            await ResultAsync(world, runs[^1]);
            await world.Runs.DeleteAsync(runs[^1].RunId, Limit);
        }

        (await HeldAsync()).Should().Equal(false, true, true);
        var gone = () => runs[1].ResultAsync(Limit);
        (await gone.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.RunNotFound);
        Clock.Advance(hour);
        await world.MaintainAsync(Limit);
        (await world.Shared.Database.ReadAsync(
            reader => reader.QueryAsync<string>("SELECT key FROM run_keys WHERE run_id = @RunId", new { runs[1].RunId }), Limit)).Should().BeEmpty();
        (await HeldAsync()).Should().Equal(false, false, true);

        async Task<List<bool>> HeldAsync()
        {
            var held = new List<bool>();
            for (var i = 0; i < kept.Length; i++)
            {
                var run = await world.StartRunAsync(Echo, "a", kept[i], Limit);
                held.Add(run.RunId == runs[i].RunId);
            }

            return held;
        }
    }

    [Fact]
    public void A_key_that_cannot_be_stored_is_refused_at_once()
    {
        foreach (var key in new[] { "", "a\ud800", "a\u0000", new string('k', 513) })
        {
            var make = () => new StartRunOptions { Key = key };
            make.Should().Throw<ArgumentException>();
        }

        var negative = () => new StartRunOptions { KeyRetention = TimeSpan.FromSeconds(-1) };
        negative.Should().Throw<ArgumentOutOfRangeException>();
    }
}
