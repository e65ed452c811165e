using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class WhenAnyTests
{
    [Fact]
    public void A_sleep_may_end_a_race()
    {
        var code = Features.Code(async (flow, _) =>
        {
            var hook = flow.HookAsync<string>("token");
            var first = await Task.WhenAny(hook, flow.SleepAsync(TimeSpan.FromSeconds(60)));
            return first == hook ? await hook : await Features.Step(flow, "too late");
        });

        Replay.Given(History.Started().Hook(1, "token").Wait(2, 62).Wakes(2)).When(code).Then("step_3 too late");
    }

    [Fact]
    public void Sleeps_may_be_awaited_together()
    {
        var code = Features.Code(async (flow, _) =>
        {
            await Task.WhenAll(flow.SleepAsync(TimeSpan.FromSeconds(1)), flow.SleepAsync(TimeSpan.FromSeconds(2)));
            return "awake";
        });

        Replay.Given(History.Started().Wait(1, 3).Wait(2, 4).Wakes(1).Wakes(2)).When(code).ThenEnds("awake");
    }
}
