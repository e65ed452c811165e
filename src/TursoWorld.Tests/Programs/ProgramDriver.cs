using System.Collections.Concurrent;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Programs;

/// <summary>
/// What is around the runs of a world: whenever one of them waits, it sends a payload to every hook that waits, or lets time
/// pass when there is none.
/// </summary>
internal sealed class ProgramDriver : IDisposable
{
    /// <summary>Longer than anything that a program sleeps or that a step waits for its next attempt.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>That a process has died is found by looking, for which time has to pass, and nobody tells.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private const int MostSilences = 200;

    private readonly World _world;
    private readonly ManualTimeProvider _clock;
    private readonly SemaphoreSlim _news = new(0);
    private readonly ConcurrentQueue<string> _blocked = new();

    public ProgramDriver(World world, ManualTimeProvider clock)
    {
        (_world, _clock) = (world, clock);
        world.Shared.Diagnostics.Happened += Hear;
    }

    /// <summary>Goes on until something has completed.</summary>
    public async Task DriveAsync(Task until)
    {
        var stopped = until.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        for (var silences = 0; !until.IsCompleted;)
        {
            silences = await _news.WaitAsync(Patience) ? 0 : silences + 1;
            if (silences == MostSilences || _blocked.TryPeek(out _))
            {
                throw new TimeoutException($"The runs do not go on. Blocked: {string.Join(", ", _blocked)}");
            }

            if (!until.IsCompleted && !await SendAsync())
            {
                _clock.Advance(Pause);
            }
        }

        await stopped;
    }

    /// <summary>Sends a payload to every hook of a program that waits.</summary>
    /// <returns>False when none does.</returns>
    public async Task<bool> SendAsync()
    {
        var hooks = (await _world.Hooks.ListAsync()).Items.Where(hook => hook.Token != WorkflowProgram.TakenToken).ToList();
        foreach (var hook in hooks)
        {
            try
            {
                await _world.ResumeHookAsync(hook.Token, WorkflowProgram.PayloadFor(hook.Token));
            }
            catch (NotFoundException)
            {
                // Its run has given it up, or has ended, meanwhile.
            }
        }

        return hooks.Count > 0;
    }

    public void Dispose()
    {
        _world.Shared.Diagnostics.Happened -= Hear;
        _news.Dispose();
    }

    private void Hear(Transition happened)
    {
        if (happened.Kind == TransitionKind.RunBlocked)
        {
            _blocked.Enqueue(happened.Detail ?? happened.Subject);
        }

        if (happened.Kind is TransitionKind.RunParked or TransitionKind.RunBlocked)
        {
            Wake();
        }
    }

    private void Wake() => _news.Release();
}
