using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What comes from outside between the planning of a turn and its writing.</summary>
public abstract class MovedLogConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly string[] Words = ["a", "b", "c", "d", "e", "f", "g", "h"];

    [Fact]
    public async Task A_payload_that_comes_in_between_drops_the_turn_once_and_loses_nothing()
    {
        var executions = 0;
        var workflow = Workflow.Define<string, string>("moved", async (flow, _) =>
        {
            var hook = flow.HookAsync<string>("token");
            var first = await flow.StepAsync(
                "first", _ => Task.FromResult($"first {Interlocked.Increment(ref executions)}"));
            var second = await flow.StepAsync("second", _ => Task.FromResult(first));
            return second + await hook;
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var isFirst = true;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && WrittenTurn.EndsStep(unit))
            {
                isFirst = false;
                await world.ResumeHookAsync("token", " and payload");
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("first 1 and payload");
        executions.Should().Be(1);
        transitions.Count(TransitionKind.TurnDropped, run.RunId).Should().Be(1);
        var log = await world.LogAsync(run.RunId);
        log.OfType<WorkflowEvent.StepCompleted>().Select(next => next.StepId).Should().Equal("step_2", "step_3");
        Replay.Given(log).When(workflow).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_a_turn_begins_and_ends_has_the_instants_of_the_log_when_the_clock_is_behind_it()
    {
        var workflow = Workflow.Define<string, string>("late", async (flow, token) =>
        {
            var payload = await flow.HookAsync<string>(token);
            return await flow.StepAsync("step", _ => Task.FromResult(payload));
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var behind = TimeSpan.FromMinutes(1);
        var isFirst = true;
        RunHandle<string>? run = null;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && WrittenTurn.BeginsStep(unit))
            {
                isFirst = false;
                Clock.Advance(behind);
                var changes = new Dictionary<string, string?> { ["stage"] = "later" };
                await world.Events.CreateAsync(
                    run!.RunId, new WorkflowEventData.AttributesSet(changes), cancellationToken: Limit); // it waits, so it has been started
                Clock.SetBack(behind);
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        run = await world.StartRunAsync(workflow, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("token", "payload", Limit);
        await ResultAsync(world, run);

        isFirst.Should().BeFalse();
        var log = await world.LogAsync(run.RunId);
        var at = log.OfType<WorkflowEvent.AttributesSet>().Single().CreatedAt;
        log.OfType<WorkflowEvent.StepCreated>().Single().CreatedAt.Should().Be(at);
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single().StartedAt.Should().Be(at);
        (await run.GetAsync(Limit)).CompletedAt.Should().Be(log[^1].CreatedAt);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Payloads_before_every_turn_cannot_starve_a_run()
    {
        var workflow = Workflow.Define<string, string>("hot", async (flow, _) =>
        {
            var hooks = Words.Select(flow.HookAsync<string>).ToList();
            var text = "";
            foreach (var word in Words)
            {
                text += await flow.StepAsync(word, _ => Task.FromResult(word));
            }

            return text + string.Concat(await Task.WhenAll(hooks));
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var left = new Queue<string>(Words);
        database.BeforeTurn = async unit =>
        {
            if (WrittenTurn.EndsStep(unit) && left.TryDequeue(out var token))
            {
                await world.ResumeHookAsync(token, token.ToUpperInvariant());
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("abcdefghABCDEFGH");
        transitions.Count(TransitionKind.StepStarted, run.RunId).Should().Be(Words.Length, "no step is executed twice");
        Replay.Given(await world.LogAsync(run.RunId)).When(workflow).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_whose_decision_is_pushed_back_by_a_payload_is_executed_all_the_same()
    {
        var workflow = Workflow.Define<string, string>("displaced", async (flow, _) =>
        {
            var one = flow.HookAsync<string>("one");
            var two = flow.HookAsync<string>("two");
            var first = await one;
            var step = await flow.StepAsync("between", _ => Task.FromResult(" between "), new() { Retry = RetryPolicy.None });
            return first + step + await two;
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var isFirst = true;
        database.BeforeTurn = async unit =>
        {
            if (isFirst && WrittenTurn.BeginsStep(unit))
            {
                isFirst = false;
                await world.ResumeHookAsync("two", "2");
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked, run.RunId);

        await world.ResumeHookAsync("one", "1", Limit);

        (await ResultAsync(world, run)).Should().Be("1 between 2");
        transitions.Count(TransitionKind.StepStarted, run.RunId).Should().Be(1);
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileMovedLogTests() : MovedLogConformance(Backend.SqliteFile);

public sealed class SqliteMemoryMovedLogTests() : MovedLogConformance(Backend.SqliteMemory);
