using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Mistakes that are easily made in the code of a workflow say what to do instead.</summary>
public abstract class MistakeConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_step_inside_a_step_fails_at_once_and_says_what_to_do()
    {
        var attempts = 0;
        var workflow = Workflow.Define<string, string>("nested", (flow, _) => flow.StepAsync("outer", async _ =>
        {
            attempts++;
            return await flow.StepAsync("inner", _ => Task.FromResult("inner"));
        }));
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        failure.Error!.Message.Should().Contain("inside its step 'outer'").And.Contain("return what the workflow needs");
        attempts.Should().Be(1, "another attempt would make the same mistake");
        (await world.Steps.ListAsync(failure.RunId, cancellationToken: Limit)).Items.Should().ContainSingle();
    }

    [Fact]
    public async Task Everything_else_of_the_context_is_refused_inside_a_step_too()
    {
        var uses = new Dictionary<string, Func<WorkflowContext, Task>>
        {
            ["sleep"] = flow => flow.SleepAsync(TimeSpan.FromSeconds(1)),
            ["hook"] = flow => flow.HookAsync<string>("token"),
            ["transaction"] = flow => flow.TransactionAsync("inner", (_, _) => Task.CompletedTask),
            ["scope"] = flow => flow.ScopeAsync(_ => Task.CompletedTask),
            ["attribute"] = flow => Done(() => flow.SetAttribute("a", "b")),
            ["state"] = flow => Done(() => flow.State.Set("a", "b")),
            ["random"] = flow => Done(() => _ = flow.Random),
            ["guid"] = flow => Done(() => flow.NewGuid()),
        };
        var workflow = Workflow.Define<string, string>("uses", async (flow, _) =>
        {
            var texts = new List<string>();
            foreach (var (name, use) in uses)
            {
                var outcome = await flow.TryStepAsync(name, _ => use(flow));
                texts.Add(outcome.Error?.Message ?? $"{name} was allowed");
            }

            return string.Join('\n', texts);
        });
        var world = await Worlds.StartAsync(workflow);

        var result = await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));

        result.Split('\n').Zip(uses.Keys).Should().HaveCount(uses.Count)
            .And.OnlyContain(pair => pair.First.Contains($"inside its step '{pair.Second}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_method_that_is_async_void_fails_the_run_before_it_begins_and_says_what_to_do()
    {
        var begun = 0;
        var workflow = Workflow.Define<string[], string>("void", (flow, names) =>
        {
#pragma warning disable VSTHRD101, CA1806 // what the test is about
            names.ToList().ForEach(async name =>
            {
                begun++;
                await flow.StepAsync(name, _ => throw new InvalidOperationException("would end the process"));
            });
#pragma warning restore VSTHRD101, CA1806
            return Task.FromResult("");
        });
        var world = await Worlds.StartAsync(workflow);

        var failure = await FailureAsync(world, await world.StartRunAsync(workflow, ["a", "b"], cancellationToken: Limit));

        failure.Error!.Message.Should().Contain("async void").And.Contain("List.ForEach").And.Contain("Let it return a Task, and await that.");
        begun.Should().Be(0);
    }

    [Fact]
    public async Task A_step_may_call_what_is_async_void()
    {
        var done = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        async void FireAsync()
        {
            await Task.Yield();
            done.SetResult("fired");
        }

        var workflow = Workflow.Define<string, string>("void-step", (flow, _) => flow.StepAsync("fire", async _ =>
        {
            FireAsync();
            return await done.Task;
        }));
        var world = await Worlds.StartAsync(workflow);

        (await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit))).Should().Be("fired");
    }

    [Fact]
    public async Task Code_behind_ConfigureAwait_false_is_blocked_with_that_word()
    {
        var gate = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var workflow = Workflow.Define<string, string>("elsewhere", async (flow, input) =>
        {
            _ = flow.HookAsync<string>("token");
            return await gate.Task.ConfigureAwait(false);
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        gate.SetResult("elsewhere");
        await world.ResumeHookAsync("token", "wake", Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("without ConfigureAwait(false)").And.Contain("into a step");
    }

    [Theory]
    [InlineData("delay")]
    [InlineData("pool")]
    public async Task A_task_of_somebody_else_is_blocked_and_says_where_it_belongs(string kind)
    {
        var never = new TaskCompletionSource<string>();
        var workflow = Workflow.Define<string, string>("foreign", async (_, _) =>
        {
            if (kind == "delay")
            {
                await Task.Delay(TimeSpan.FromDays(1), TimeProvider.System, CancellationToken.None);
            }

            return await Task.Run(() => never.Task);
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        (await run.GetAsync(Limit)).BlockedReason.Should().Contain("Task.Delay, Task.Run").And.Contain("put everything else into a step");
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
