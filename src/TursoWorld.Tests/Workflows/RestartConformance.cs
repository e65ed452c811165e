using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class RestartConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task Stopping_waits_for_a_step_and_records_it()
    {
        var hold = new Hold();
        var executions = 0;
        var workflow = Workflow.Define<string, string>("finishing", async (flow, _) =>
        {
            await flow.StepAsync("slow", async _ =>
            {
                executions++;
                await hold.PassAsync();
            });
            return await flow.StepAsync("next", _ => Task.FromResult("done"));
        });
        var first = await Worlds.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromMinutes(1), workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        var stopping = first.StopAsync(Limit);
        stopping.IsCompleted.Should().BeFalse();
        hold.Release();
        await stopping;

        (await first.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0].Status
            .Should().Be(StepStatus.Completed);
        await first.DisposeAsync();
        var second = await Worlds.StartAsync(workflow);
        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("done");
        executions.Should().Be(1);
        await second.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_sleep_and_a_hook_outlive_their_world()
    {
        var workflow = Workflow.Define<string, string>("patient", async (flow, _) =>
        {
            var hook = flow.HookAsync<string>("token");
            await flow.SleepAsync(TimeSpan.FromSeconds(5));
            return await hook;
        });
        var first = await Worlds.StartAsync(workflow);
        var transitions = Watch(first);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await first.DisposeAsync();
        Clock.Advance(TimeSpan.FromSeconds(3));

        var second = await Worlds.StartAsync(workflow);
        var later = Watch(second);
        await second.ResumeHookAsync("token", "payload", Limit);
        await ParkedAsync(later, run);
        Clock.Advance(TimeSpan.FromSeconds(2));

        (await ResultAsync(second, second.GetRun<string>(run.RunId))).Should().Be("payload");
        await second.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_attempt_that_died_with_its_process_counts(int maxAttempts)
    {
        var attempts = new ConcurrentQueue<int>();
        var workflow = Workflow.Define<string, string>("dying", (flow, _) => flow.StepAsync(
            "slow",
            step =>
            {
                attempts.Enqueue(step.Attempt);
                return Task.FromResult("done");
            },
            new() { Retry = RetryPolicy.Fixed(maxAttempts, TimeSpan.Zero) }));
        var first = Worlds.Create(null, workflow);
        var run = await first.StartRunAsync(workflow, "", cancellationToken: Limit);
        await first.DisposeAsync();
        await LeaveAsACrashWouldAsync();

        var second = await Worlds.StartAsync(workflow);

        var again = second.GetRun<string>(run.RunId);
        if (maxAttempts == 1)
        {
            (await FailureAsync(second, again)).Error!.Code.Should().Be(ErrorCodes.StepInterrupted);
            attempts.Should().BeEmpty();
        }
        else
        {
            (await ResultAsync(second, again)).Should().Be("done");
            attempts.Should().Equal(2);
        }

        await second.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_another_process_executes_is_told_here()
    {
        var workflow = Workflow.Define<string, string>("shared", (flow, input) =>
            flow.StepAsync("echo", _ => Task.FromResult(input)));
        var executing = Worlds.CreateApart(Quickly, workflow);
        await executing.StartAsync(Limit);
        var asking = Worlds.CreateApart(Quickly);

        var run = await asking.StartRunAsync(workflow, "hello", cancellationToken: Limit);

        (await ResultAsync(asking, run)).Should().Be("hello");
        await asking.ShouldBeSoundAsync();

        static void Quickly(WorldOptions options) => options.TimeProvider = TimeProvider.System;
    }

    [Fact]
    public async Task A_run_that_another_world_of_this_process_executes_is_told_here()
    {
        var workflow = Workflow.Define<string, string>("shared", (flow, input) =>
            flow.StepAsync("echo", _ => Task.FromResult(input)));
        await Worlds.StartAsync(workflow);
        var asking = Worlds.Create();

        var run = await asking.StartRunAsync(workflow, "hello", cancellationToken: Limit);

        (await ResultAsync(asking, run)).Should().Be("hello");
        await asking.ShouldBeSoundAsync();
    }

    /// <summary>The log says that attempt 1 runs, and nobody has the message.</summary>
    private async Task LeaveAsACrashWouldAsync()
    {
        const string Remains = """
            INSERT INTO workflow_log (run_key, first, last, created_at, events)
            SELECT run_key, 2, 3, created_at, '[["run_started"],["step_created","step_1",{"stepName":"slow"}]]' FROM workflow_log;
            UPDATE workflow_runs SET status = 'running', started_at = created_at;
            UPDATE queue_messages SET lease_owner = 'gone', lease_token = 'token', lease_ends_at = 0, attempt = 1;
            """;
        await using var world = Worlds.CreateApart();
        var unit = new Unit([.. SqlScript.Split(Remains).Select(text => new SqlStatement(text))]);
        (await world.Shared.Database.WriteAsync(unit, Limit)).ThrowUnlessCommitted();
    }
}

public sealed class SqliteFileRestartTests() : RestartConformance(Backend.SqliteFile);
