using TursoWorld.Abstractions;

namespace TursoWorld.Turns;

/// <summary>Why nothing happens although there is work: what a world says about itself in its log and its health.</summary>
internal sealed class StallCheck(OverdueWork overdue, Slots slots, WorkTakers takers, TimeProvider clock)
{
    private static readonly TimeSpan PatienceForSlots = TimeSpan.FromSeconds(60);

    // Guards what follows.
    private readonly Lock _lock = new();
    private long _releases = -1;
    private long _sameSince;

    /// <returns>One for each cause, with what to do; empty when nothing waits in vain.</returns>
    public async Task<IReadOnlyList<Stall>> FindAsync(CancellationToken cancellationToken)
    {
        var stalls = new List<Stall>();
        var slotsHeldFor = MeasureSlots();
        if (slotsHeldFor >= PatienceForSlots)
        {
            stalls.Add(new("slots", $"Every slot of this world has been taken for {Words(slotsHeldFor.Value)}, and no step and no handler has ended: {takers.Describe()} "
                + "If they hang, give steps a StepOptions.Timeout and handlers a QueueHandlerOptions.Timeout; if they take so long, raise WorldOptions.Concurrency."));
        }

        foreach (var queue in await overdue.ListQueuesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!queue.IsHeld && Explain(queue, areSlotsFree: slotsHeldFor is null) is { } reason)
            {
                stalls.Add(new($"{queue.Name}/{queue.Version}", reason));
            }
        }

        return stalls;
    }

    /// <returns>For how long no slot has been free and none was given back, as far as looks tell; null while one is free.</returns>
    private TimeSpan? MeasureSlots()
    {
        lock (_lock)
        {
            if (slots.Free > 0)
            {
                _releases = -1;
                return null;
            }

            if (slots.Releases is var releases && releases != _releases)
            {
                (_releases, _sameSince) = (releases, clock.GetTimestamp());
            }

            return clock.GetElapsedTime(_sameSince);
        }
    }

    private string? Explain(OverdueQueue queue, bool areSlotsFree)
    {
        var (subject, isRegistered, remedy) = (WorkflowKey.Of(queue.Name, queue.Version), StepKey.Of(queue.Name, queue.Version)) switch
        {
            ({ } workflow, _) => (
                $"Runs of workflow '{workflow.Name}' (version {workflow.Version})",
                takers.Runs.Workflows.Contains(workflow),
                $"Register the workflow in a world that is started{OtherVersionsOf(workflow)}."),
            (_, { } step) => (
                $"Queued steps '{step.Name}'", takers.Steps.Steps.Contains(step), "Register the step in a world that is started."),
            _ => (
                $"Messages of queue '{queue.Name}'",
                takers.HasQueueHandler(queue.Name),
                "Call CreateQueueHandler in a world that is started, or receive them with World.Queues."),
        };
        var waits = $"{subject} have been due for {Words(queue.For)} and no process has taken them up: ";
        return (isRegistered, takers.IsStarted(), areSlotsFree) switch
        {
            (true, false, _) => waits + "this world has not been started. Call StartAsync, here or in the process that is to do the work.",
            (false, _, _) => waits + $"they are not registered here, and no other process works on them. {remedy}",
            (true, true, true) => waits + "they are registered here. If it stays so, there is no room for more runs (WorldOptions.MaxLiveRuns).",
            _ => null, // there is no slot, which is told
        };
    }

    private string OtherVersionsOf(WorkflowKey workflow)
    {
        var others = takers.Runs.Workflows.Where(other => other.Name == workflow.Name).Select(other => other.Version).Order().ToList();
        return others.Count == 0 ? "" : $"; here it has version {string.Join(", ", others)}, and a run keeps the one that it began with";
    }

    private static string Words(TimeSpan time) => time < TimeSpan.FromMinutes(2)
        ? $"{(long)time.TotalSeconds} s"
        : time < TimeSpan.FromHours(2) ? $"{(long)time.TotalMinutes} min" : $"{(long)time.TotalHours} h";
}

/// <summary>A reason why nothing happens.</summary>
/// <param name="Cause">Tells it from others, however the words change.</param>
/// <param name="Words">What is wrong, and what to do.</param>
internal sealed record Stall(string Cause, string Words);

/// <summary>Who takes work up in a world.</summary>
internal sealed record WorkTakers(IMessageHandler Runs, IStepHandler Steps, ILeaseHolder Messages, Func<string, bool> HasQueueHandler)
{
    /// <summary>Whether the world works; set by whoever starts it.</summary>
    public Func<bool> IsStarted { get; set; } = () => false;

    /// <summary>What they have at the moment.</summary>
    public string Describe() => $"{Runs.Held.Count} runs, {Steps.Held.Count} queued steps and {Messages.Held.Count} messages are at work here.";
}
