using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A whole workflow has the same history and effects whoever executes its steps.</summary>
public abstract class OnboardingConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Nap = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<string> _ledger = new();

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task Somebody_is_onboarded_with_one_effect_for_each_step(StepMode mode)
    {
        var onboarding = new Onboarding(mode, (step, what) => _ledger.Enqueue($"{step.StepName} {step.IdempotencyKey} {what}"), Nap);
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, onboarding.Workflow);
        world.Register(onboarding.Profile, onboarding.Mailing);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(
            onboarding.Workflow, new Onboarding.Person("ada@example.com", "u-1"), cancellationToken: Limit);
        while ((await world.Waits.ListAsync(run.RunId, cancellationToken: Limit)).Items.Count == 0)
        {
            await ParkedAsync(transitions, run);
        }

        (await run.GetAsync(Limit)).Status.Should().Be(RunStatus.Running);
        (await world.Waits.ListAsync(run.RunId, cancellationToken: Limit)).Items.Single().Status.Should().Be(WaitStatus.Waiting);
        _ledger.Should().NotContain(line => line.StartsWith("send-mail", StringComparison.Ordinal));
        await world.ShouldBeSoundAsync();
        Clock.Advance(Nap);

        (await ResultAsync(world, run)).Should().Be(new Onboarding.Person("ada@example.com", "u-1"));
        _ledger.Should().Equal(
            $"create-profile {run.RunId}:step_1 u-1",
            $"build-greeting {run.RunId}:step_2 ada@example.com",
            $"send-mail {run.RunId}:step_4 ada@example.com: Welcome! Dear ada@example.com");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items
            .Select(step => $"{step.StepName} {step.Attempt} {step.Status} {step.Mode}").Should().Equal(
                $"create-profile 1 Completed {mode}", "build-greeting 1 Completed Inline", $"send-mail 1 Completed {mode}");
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task One_step_that_is_called_twice_has_two_rows_and_two_keys_that_a_replay_does_not_change(StepMode mode)
    {
        var key = Step.Define<int, string>("key", (n, step) => Task.FromResult($"{n} {step.StepName} {step.IdempotencyKey}"));
        var workflow = Workflow.Define<int, string>("twice", async (flow, _) =>
        {
            var first = await flow.StepAsync(key, 1, new() { Mode = mode });
            var second = await flow.StepAsync(key, 2, new() { Mode = mode });
            await flow.HookAsync<string>("go");
            return $"{first}, {second}, {await flow.StepAsync(key, 3, new() { Mode = mode })}";
        });
        var other = Workflow.Define<string, string>("other", (flow, token) => flow.HookAsync<string>(token));
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, workflow, other);
        world.Register(key);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, 0, cancellationToken: Limit);
        while (await world.Hooks.FindByTokenAsync("go", Limit) is null)
        {
            await ParkedAsync(transitions, run);
        }

        await ParkedAsync(transitions, await world.StartRunAsync(other, "evicts", cancellationToken: Limit));
        await world.ResumeHookAsync("go", "", Limit);

        (await ResultAsync(world, run)).Should().Be(
            $"1 key {run.RunId}:step_1, 2 key#1 {run.RunId}:step_2, 3 key#2 {run.RunId}:step_4");
        await transitions.NextAsync(TransitionKind.RunReplayed, run.RunId);
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileOnboardingTests() : OnboardingConformance(Backend.SqliteFile);

public sealed class SqliteMemoryOnboardingTests() : OnboardingConformance(Backend.SqliteMemory);
