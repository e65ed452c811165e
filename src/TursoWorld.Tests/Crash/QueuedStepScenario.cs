using System.Collections.Concurrent;
using System.Globalization;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Workflows;

namespace TursoWorld.Tests.Crash;

/// <summary>What child and parent execute in the tests of queued steps: each registers the workflows, the steps, or both.</summary>
internal sealed class QueuedStepScenario(StepMode mode, string ledger, Action<string> reach)
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(200);

    private readonly Lock _oneAtATime = new();

    public Onboarding Onboarding => new(mode, (step, _) => Effect(step), Nap);

    /// <summary>Tells which process executes it.</summary>
    public StepDefinition<int, int> Remote => Step.Define<int, int>("remote", (_, step) =>
    {
        Effect(step);
        return Task.FromResult(Environment.ProcessId);
    });

    /// <summary>An inline step and a queued one: which processes execute them.</summary>
    public WorkflowDefinition<int, int[]> Divided => Workflow.Define<int, int[]>("divided", async (flow, n) =>
    [
        await flow.StepAsync("local", _ => Task.FromResult(Environment.ProcessId)),
        await flow.StepAsync(Remote, n, new() { Mode = StepMode.Queued }),
    ]);

    /// <summary>A step that may be attempted once only.</summary>
    public WorkflowDefinition<int, int> Fragile => Workflow.Define<int, int>(
        "fragile", (flow, n) => flow.StepAsync(Remote, n, new() { Mode = StepMode.Queued, Retry = RetryPolicy.None }));

    /// <summary>Works on whatever comes, until it is killed or its parent goes away.</summary>
    /// <param name="args">
    /// Path of the database, of the ledger, the mode, what to register (<c>workflows</c>, <c>steps</c> or <c>both</c>), and the point to stand
    /// still at.
    /// </param>
    public static async Task<int> WorkAsync(string[] args)
    {
        var (path, ledger, mode, what, point) = (args[0], args[1], args[2], args[3], args[4]);
        var counts = new ConcurrentDictionary<TransitionKind, int>();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + path });
        var scenario = new QueuedStepScenario(mode == "queued" ? StepMode.Queued : StepMode.Inline, ledger, Reach);
        scenario.Register(world, workflows: what is "workflows" or "both", steps: what is "steps" or "both");
        world.Shared.Diagnostics.Happened += transition =>
        {
            var count = counts.AddOrUpdate(transition.Kind, 1, (_, before) => before + 1);
            Reach($"{transition.Kind} {transition.Detail ?? count.ToString(CultureInfo.InvariantCulture)}");
        };
        await world.StartAsync();
        CrashPoint.Reach("ready");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        return 0;

        void Reach(string name)
        {
            if (name == point)
            {
                CrashPoint.Reach(name);
            }
        }
    }

    public void Register(World world, bool workflows, bool steps)
    {
        if (workflows)
        {
            world.Register(Onboarding.Workflow, Divided, Fragile);
        }

        if (steps)
        {
            world.Register(Onboarding.Profile, Onboarding.Mailing, Remote);
        }
    }

    private void Effect(StepContext step)
    {
        reach($"in {step.StepName}");
        lock (_oneAtATime)
        {
            File.AppendAllLines(ledger, [$"{step.StepName} {step.IdempotencyKey} {step.Attempt}"]);
        }

        reach($"effect of {step.StepName}");
    }
}
