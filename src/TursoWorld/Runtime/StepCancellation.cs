using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>Cuts short what steps execute. What they have registered for that runs elsewhere, whatever it does.</summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle, and a cancelled step may still hold its token.
internal sealed class StepCancellation(WorldDiagnostics diagnostics)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public void Cancel() => _ = CancelAsync();

    private async Task CancelAsync()
    {
        try
        {
            await _source.CancelAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            diagnostics.LoopFailed("step.cancel", exception);
        }
    }
}
