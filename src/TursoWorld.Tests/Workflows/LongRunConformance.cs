using FluentAssertions;
using Microsoft.Extensions.Logging;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Runs whose log is read in many pieces.</summary>
public abstract class LongRunConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly Action<ILogger, int, Exception?> Say =
        LoggerMessage.Define<int>(LogLevel.Information, new EventId(1), "{Step}");

    // On a server, each is a round trip.
    private readonly int _steps = backend == Backend.LibSqlServer ? 2_500 : 10_000;

    [Fact]
    public async Task Thousands_of_steps_in_a_row_are_taken_up_by_another_world_and_none_is_executed_again()
    {
        var executions = 0;
        using var said = new LogLines("TursoWorld.Workflow.");
        var workflow = Workflow.Define<int, long>("long", async (flow, steps) =>
        {
            var sum = 0L;
            for (var i = 0; i < steps; i++)
            {
                sum += await flow.StepAsync("step", _ => Task.FromResult(Interlocked.Increment(ref executions)));
                Say(flow.Logger, i, null);
            }

            return sum + await flow.HookAsync<int>("token") + await flow.StepAsync("last", _ => Task.FromResult(1));
        });
        var first = await Worlds.StartAsync(options => options.LoggerFactory = said, workflow);
        var parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        first.Shared.Diagnostics.Happened += happened => _ = happened.Kind == TransitionKind.RunParked && parked.TrySetResult();
        var run = await first.StartRunAsync(workflow, _steps, cancellationToken: Limit);
        await parked.Task.WaitAsync(Limit);
        await first.DisposeAsync();

        var second = await Worlds.StartAsync(options => options.LoggerFactory = said, workflow);
        var later = Watch(second);
        await second.ResumeHookAsync("token", 5, Limit);

        (await second.GetRun<long>(run.RunId).ResultAsync(Limit)).Should().Be(((long)_steps * (_steps + 1) / 2) + 5 + 1);
        executions.Should().Be(_steps);
        later.Count(TransitionKind.RunReplayed, run.RunId).Should().Be(1);
        said.All.Should().HaveCount(_steps, "a replay does not say again what was said before");
        (await second.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }
}

public sealed class SqliteFileLongRunTests() : LongRunConformance(Backend.SqliteFile);
