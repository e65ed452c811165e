using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Crash;

/// <summary>A world on the clock of the system, which somebody sets meanwhile.</summary>
internal static class ClockScenario
{
    /// <summary>Stands still before each change of the clock, and after what should have come of it.</summary>
    /// <param name="args">Path of the database.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var hours = Workflow.Define<string, string>("hours", async (flow, _) =>
        {
            await flow.SleepAsync(TimeSpan.FromHours(1));
            return "awake";
        });
        var older = Workflow.Define<string, string>("older", async (flow, _) =>
        {
            var text = await flow.HookAsync<string>("go");
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            return text;
        });
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0] });
        var transitions = new Transitions(world.Shared.Diagnostics);
        world.Register(hours, older);
        world.CreateQueueHandler("mail", (_, _) => Task.FromResult(QueueResult.Done));
        await world.StartAsync();

        var sleeping = await world.StartRunAsync(hours, "");
        await transitions.NextAsync(TransitionKind.RunParked, sleeping.RunId);
        await world.QueueAsync("mail", "later"u8.ToArray(), new() { Delay = TimeSpan.FromHours(1) });
        CrashPoint.Reach("asleep");
        await sleeping.WaitAsync();
        await transitions.NextAsync(TransitionKind.MessageCompleted);
        CrashPoint.Reach("awake");

        var run = await world.StartRunAsync(older, "");
        await transitions.NextAsync(TransitionKind.RunParked, run.RunId);
        CrashPoint.Reach("hooked");
        await world.ResumeHookAsync("go", "on");
        await run.WaitAsync();
        CrashPoint.Reach("on");
        return 0;
    }
}
