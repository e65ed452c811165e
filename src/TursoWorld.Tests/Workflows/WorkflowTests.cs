using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What every suite over whole worlds stands on: a database of its own and a manual clock.</summary>
public abstract class WorkflowTests(Backend backend) : IAsyncLifetime
{
    private protected WorldBuilder Worlds { get; } = new(backend);

    private protected ManualTimeProvider Clock => Worlds.Clock;

    /// <summary>Fails a test that hangs, after what it waited for has had ample time.</summary>
    private protected static CancellationToken Limit => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Worlds.PrepareAsync();

    public async ValueTask DisposeAsync()
    {
        await Worlds.DisposeAsync();
        await DisposeFilesAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Removes what the suite has made beside the worlds, which are closed.</summary>
    private protected virtual ValueTask DisposeFilesAsync() => ValueTask.CompletedTask;

    private protected static Transitions Watch(World world) => new(world.Shared.Diagnostics);

    /// <summary>The result of a run; a run that does not end says where it stands.</summary>
    private protected static async Task<T> ResultAsync<T>(World world, RunHandle<T> run)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        try
        {
            return await run.ResultAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!Limit.IsCancellationRequested)
        {
            var log = await world.LogAsync(run.RunId);
            throw new TimeoutException($"{await run.GetAsync(Limit)} {string.Join(Environment.NewLine, log)}");
        }
    }

    /// <summary>The error of a run that must fail.</summary>
    private protected static async Task<RunEndedException> FailureAsync<T>(World world, RunHandle<T> run)
    {
        try
        {
            await ResultAsync(world, run);
        }
        catch (RunEndedException exception)
        {
            return exception;
        }

        throw new InvalidOperationException($"Run '{run.RunId}' completed.");
    }

    private protected static Task<Transition> ParkedAsync(Transitions transitions, RunHandle run) =>
        transitions.NextAsync(TransitionKind.RunParked, run.RunId);

    /// <summary>Waits while the clock goes on: for what is tried again after pauses that a test need not know.</summary>
    private protected async Task<T> AdvanceUntilAsync<T>(Task<T> awaited, TimeSpan step)
    {
        while (!awaited.IsCompleted)
        {
            Clock.Advance(step);
            await Task.WhenAny(awaited, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Limit));
        }

        return await awaited;
    }
}
