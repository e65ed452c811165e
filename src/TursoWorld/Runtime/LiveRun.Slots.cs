namespace TursoWorld.Runtime;

/// <content>Steps for which there is no slot.</content>
internal sealed partial class LiveRun
{
    private static readonly TimeSpan PatienceForSlot = TimeSpan.FromSeconds(1);

    private DateTimeOffset? _awaitsSlotSince;

    /// <summary>Stands in line for a slot if a step needs one.</summary>
    /// <returns>When to see whether another process should have the run; null when no step waits.</returns>
    private DateTimeOffset? AwaitSlot(ReplayEngine engine)
    {
        if (engine.Open.FirstAwaitingSlot is null)
        {
            _steps.ReturnSlots();
            _awaitsSlotSince = null;
            return null;
        }

        _steps.AwaitSlot(() => Post(null));
        var now = services.TimeProvider.GetUtcNow();
        _awaitsSlotSince ??= now;
        var patience = _awaitsSlotSince.Value + PatienceForSlot;
        return patience > now ? patience : now + PatienceForSlot;
    }

    /// <summary>While no step gets a slot here, and nothing else of the run executes, another process may have one.</summary>
    private bool IsToBeShared(ReplayEngine engine) =>
        _awaitsSlotSince is { } since && services.TimeProvider.GetUtcNow() - since >= PatienceForSlot
        && engine.Open.AwaitsSlotsOnly && _steps.IsIdle && services.Turns.IsShared;
}
