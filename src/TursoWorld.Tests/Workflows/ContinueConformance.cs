using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class ContinueConformance(Backend backend) : WorkflowTests(backend)
{
    // On a server, each is some round trips, one after the other.
    private readonly int _generations = backend == Backend.LibSqlServer ? 200 : 1_000;

    private static readonly WorkflowDefinition<int, string> Countdown = Workflow.Define<int, string>("countdown", async (flow, left) =>
    {
        await flow.StepAsync("count", _ => Task.FromResult(left));
        return left > 0 ? throw new ContinueAsNewException(left - 1) : $"done in {flow.RunId}";
    });

    [Fact]
    public async Task A_chain_of_runs_has_the_result_of_its_last()
    {
        var world = await Worlds.StartAsync(Countdown);

        var run = await world.StartRunAsync(Countdown, 2, new() { Retention = TimeSpan.FromDays(1) }, Limit);

        var last = (await ResultAsync(world, run))["done in ".Length..];
        var chain = (await world.Runs.ListAsync(cancellationToken: Limit)).Items;
        chain.Should().HaveCount(3).And.OnlyContain(r => r.Status == RunStatus.Completed);
        chain.Select(r => r.ContinuedToRunId).Should().Equal(chain[1].RunId, last, null);
        chain.Select(r => r.ContinuedFromRunId).Should().Equal(null, run.RunId, chain[1].RunId);
        chain[2].RunId.Should().Be(last);
        chain.Select(r => r.Output is null).Should().Equal(true, true, false);
        (await world.LogAsync(last)).Should().HaveCount(5);
        (await ResultAsync(world, world.GetRun<string>(run.RunId))).Should().EndWith(last, "who comes later follows the chain, too");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_was_open_ends_and_hooks_are_free_for_the_next_run()
    {
        var workflow = Workflow.Define<int, string>("hooked", async (flow, round) =>
        {
            var answer = flow.HookAsync<string>("token");
            if (round == 0)
            {
                _ = flow.SleepAsync(TimeSpan.FromHours(1));
                await flow.StepAsync("step", _ => Task.FromResult(0));
                throw new ContinueAsNewException(1);
            }

            return await answer;
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked);

        await world.ResumeHookAsync("token", "second", Limit);

        (await ResultAsync(world, run)).Should().Be("second");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_parent_waits_for_the_end_of_the_chain_of_its_child()
    {
        var parent = Workflow.Define<int, string>("parent", async (flow, left) =>
        {
            var child = flow.StartChild(Countdown, left);
            return $"{child.RunId} {await child.ResultAsync()}";
        });
        var world = await Worlds.StartAsync(parent, Countdown);

        var run = await world.StartRunAsync(parent, 3, cancellationToken: Limit);

        var words = (await ResultAsync(world, run)).Split(' ');
        var chain = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items;
        chain.Should().HaveCount(4).And.OnlyContain(r => r.RootRunId == run.RunId);
        (chain[0].RunId, chain[3].RunId).Should().Be((words[0], words[^1]));
        (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.ChildEnded>().Should().ContainSingle()
            .Which.RunId.Should().Be(chain[3].RunId);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_cancelled_parent_reaches_the_run_as_which_its_child_goes_on()
    {
        var child = Workflow.Define<int, string>("child", async (flow, round) =>
            round < 2 ? throw new ContinueAsNewException(round + 1) : await flow.HookAsync<string>("token"));
        var parent = Workflow.Define<int, string>("parent", (flow, _) => flow.ChildAsync(child, 0));
        var world = await Worlds.StartAsync(parent, child);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(parent, 0, cancellationToken: Limit);
        while (await world.Hooks.FindByTokenAsync("token", Limit) is null)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        await run.CancelAsync(cancellationToken: Limit);

        var chain = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items;
        chain.Select(r => r.Status).Should().Equal(RunStatus.Completed, RunStatus.Completed, RunStatus.Cancelled);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_has_gone_on_says_where_when_it_is_cancelled()
    {
        var workflow = Workflow.Define<int, string>("going-on", async (flow, round) =>
            round == 0 ? throw new ContinueAsNewException(1) : await flow.HookAsync<string>("token"));
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked);
        var next = (await run.GetAsync(Limit)).ContinuedToRunId!;

        var cancel = () => run.CancelAsync(cancellationToken: Limit);

        (await cancel.Should().ThrowAsync<ConflictException>().WithMessage($"*{next}*")).Which.Code.Should().Be("RUN_CONTINUED");
        await world.GetRun(next).CancelAsync("there", Limit);
        var end = await FailureAsync(world, run);
        (end.RunId, end.CancelReason).Should().Be((next, "there"));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Children_that_are_open_end_with_the_run_that_goes_on()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var workflow = Workflow.Define<int, string>("going-on", async (flow, round) =>
        {
            if (round > 0)
            {
                return "end";
            }

            flow.StartChild(waiting, "closed");
            flow.StartChild(waiting, "abandoned", new() { ParentClosePolicy = ParentClosePolicy.Abandon });
            await flow.HookAsync<string>("go");
            throw new ContinueAsNewException(1);
        });
        var world = await Worlds.StartAsync(workflow, waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);
        for (var i = 0; i < 3; i++)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        await world.ResumeHookAsync("go", "", Limit);
        await ResultAsync(world, run);
        await world.Shared.Cascade.WaitAsync(Limit);

        var children = (await world.Runs.ListAsync(new() { ParentRunId = run.RunId }, cancellationToken: Limit)).Items;
        children.Select(r => r.Status).Should().Equal(RunStatus.Cancelled, RunStatus.Running);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_goes_on_as_another_version_with_another_input()
    {
        var first = Workflow.Define<int, string>("versions", (_, input) =>
            throw new ContinueAsNewException($"was {input}") { Version = 2 });
        var second = Workflow.Define<string, string>("versions", (_, input) => Task.FromResult($"{input}, is 2"), version: 2);
        var world = await Worlds.StartAsync(first, second);

        var run = await world.StartRunAsync(first, 1, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("was 1, is 2");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_the_workflow_does_not_take_fails_the_run()
    {
        ContinueAsNewException[] wrong = [new("text"), new(null), new(0) { Version = 0 }];
        var workflow = Workflow.Define<int, string>("wrong", (_, input) => throw wrong[input]);
        var world = await Worlds.StartAsync(workflow);

        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => world.StartRunAsync(workflow, i, cancellationToken: Limit)));

        var errors = await Task.WhenAll(runs.Select(async run => (await FailureAsync(world, run)).Error!.Message));
        errors.Should().SatisfyRespectively(
            text => text.Should().Contain("takes a System.Int32").And.Contain("System.String"),
            nothing => nothing.Should().Contain("to go on with null"),
            version => version.Should().Contain("Versions begin with 1"));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_long_chain_keeps_each_log_and_the_memory_small()
    {
        var world = await Worlds.StartAsync(Countdown);

        var run = await world.StartRunAsync(Countdown, _generations, cancellationToken: Limit);
        await ResultAsync(world, run);

        var counted = await world.Runs.CountAsync(Limit);
        counted.Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Completed] = _generations + 1 });
        world.Parts.Handler.Held.Should().BeEmpty("runs that have gone on are not kept");
        (await world.LogAsync(run.RunId)).Should().HaveCount(5);
    }
}

public sealed class SqliteFileContinueTests() : ContinueConformance(Backend.SqliteFile);

public sealed class SqliteMemoryContinueTests() : ContinueConformance(Backend.SqliteMemory);
