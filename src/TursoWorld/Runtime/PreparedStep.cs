using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>A step that can begin here: its input has been read, and the instance of its class, if it has one, is made. For one attempt.</summary>
/// <param name="run">The code.</param>
/// <param name="instance">What it is code of; null for a function.</param>
internal sealed class PreparedStep(Func<StepContext, Task<ReadOnlyMemory<byte>?>> run, Activated? instance) : IAsyncDisposable
{
    private Activated? _instance = instance;

    /// <summary>Executes the attempt, and ends the instance.</summary>
    public async Task<ReadOnlyMemory<byte>?> RunAsync(StepContext step)
    {
        await using (this.ConfigureAwait(false))
        {
            return await run(step).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _instance, null) is { } made ? made.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Ends one that may not have begun.</summary>
    public static async Task EndAsync(PreparedStep? prepared, WorldDiagnostics diagnostics)
    {
        try
        {
            if (prepared is not null)
            {
                await prepared.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            diagnostics.LoopFailed("step.instance", exception); // nothing depends on it any more
        }
    }
}
