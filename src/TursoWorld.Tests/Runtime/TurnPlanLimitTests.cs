using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class TurnPlanLimitTests
{
    private static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_retry_after_the_longest_delay_waits_for_a_hundred_years()
    {
        var code = Features.Code((flow, _) =>
            flow.StepAsync("a", _ => Task.FromResult(""), new() { Retry = RetryPolicy.Fixed(2, TimeSpan.MaxValue) }));
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);
        var error = new StructuredError { Code = ErrorCodes.UserError, Message = "bad" };

        var turn = run.End(Noon, "step_1", new StepOutcome.Failed(error, IsFatal: false, RetryAfter: null));

        turn!.DueAt.Should().Be(Noon.AddDays(36_500));
    }

    [Fact]
    public void The_most_negative_sleep_goes_on_at_once()
    {
        var code = Features.Code(async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.MinValue);
            return "";
        });
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);

        run.Take(Noon, plan => plan.AddDueWaits());

        run.Log[^1].Should().BeOfType<WorkflowEvent.RunCompleted>();
    }

    [Fact]
    public void What_a_forgotten_branch_asks_for_after_the_end_is_not_written()
    {
        var code = Features.Code(async (flow, input) =>
        {
            var step = Features.Step(flow, "a");
            _ = LaterAsync(flow, step);
            return await step;
        });
        var run = new ScriptedTurns(code, Noon);
        run.Start(Noon);

        run.End(Noon, "step_1", new StepOutcome.Completed(null));

        run.Log[^1].Should().BeOfType<WorkflowEvent.RunCompleted>();
    }

    /// <summary>Asks for a step some turns of the scheduler after another one ended.</summary>
    private static async Task LaterAsync(WorkflowContext flow, Task<string> step)
    {
        await HopsAsync(step, 20);
        await Features.Step(flow, "forgotten");
    }

    private static async Task HopsAsync(Task step, int hops)
    {
        if (hops == 0)
        {
            await step;
        }
        else
        {
            await HopsAsync(step, hops - 1);
        }
    }
}
