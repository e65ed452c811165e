using System.Collections.Concurrent;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Programs;

/// <summary>
/// What is around the runs of a database: whenever one of them waits, it resumes those that are paused, and sends a payload to every
/// hook that waits, or lets time pass when there is none.
/// </summary>
internal sealed class ProgramDriver : IDisposable
{
    /// <summary>Longer than anything that a program sleeps or that a step waits for its next attempt.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>That a process has died is found by looking, for which time has to pass, and nobody tells.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private const int MostSilences = 200;

    private readonly World _world;
    private readonly IReadOnlyList<World> _worlds;
    private readonly ManualTimeProvider _clock;
    private readonly SemaphoreSlim _news = new(0);
    private readonly ConcurrentQueue<string> _blocked = new();
    private readonly ConcurrentQueue<string> _paused = new();
    private int _picked;

    /// <param name="clock">The time of all of them.</param>
    /// <param name="worlds">Worlds of one database.</param>
    public ProgramDriver(ManualTimeProvider clock, params IReadOnlyList<World> worlds)
    {
        (_clock, _worlds, _world) = (clock, worlds, worlds[0]);
        foreach (var world in worlds)
        {
            world.Shared.Diagnostics.Happened += Hear;
        }
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
                var open = (await ProgramRuns.ListOpenAsync(_world)).Select(run => $"{run.WorkflowName} ({run.RunId}, {run.Status})");
                throw new TimeoutException(
                    $"The runs do not go on. Blocked: {string.Join(", ", _blocked)}. Open: {string.Join(", ", open)}");
            }

            await ResumeAsync();
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
        var hooks = (await _world.Hooks.ListAsync()).Items.Where(hook => WorkflowProgram.IsSentTo(hook.Token)).ToList();
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

    /// <summary>Pauses one of the runs, until some run waits.</summary>
    public Task PauseAsync() => ReachAsync(async run =>
    {
        await run.PauseAsync();
        _paused.Enqueue(run.RunId);
    });

    /// <summary>Sets an attribute of one of the runs that its code sets as well, if it sets any.</summary>
    public Task SetAttributeAsync() => ReachAsync(run => _world.Events.CreateAsync(
        run.RunId, new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { [$"attribute{_picked % 9}"] = "from outside" })));

    /// <summary>Cancels one of the runs.</summary>
    public Task CancelAsync() => ReachAsync(run => run.CancelAsync("from outside"));

    public void Dispose()
    {
        foreach (var world in _worlds)
        {
            world.Shared.Diagnostics.Happened -= Hear;
        }

        _news.Dispose();
    }

    private async Task ResumeAsync()
    {
        while (_paused.TryDequeue(out var runId))
        {
            await UnlessOverAsync(() => _world.GetRun(runId).ResumeAsync());
        }
    }

    /// <summary>One after the other, as far as they are not over: what they do meanwhile makes it random.</summary>
    private async Task ReachAsync(Func<RunHandle, Task> reach)
    {
        var open = await ProgramRuns.ListOpenAsync(_world);
        if (open.Count > 0)
        {
            var picked = Interlocked.Add(ref _picked, 7);
            await UnlessOverAsync(() => reach(_world.GetRun(open[picked % open.Count].RunId)));
        }
    }

    private static async Task UnlessOverAsync(Func<Task> reach)
    {
        try
        {
            await reach();
        }
        catch (ConflictException)
        {
            // It has ended meanwhile.
        }
    }

    private void Hear(Transition happened)
    {
        if (happened.Kind == TransitionKind.RunBlocked)
        {
            _blocked.Enqueue(happened.Detail ?? happened.Subject);
        }

        if (happened.Kind is TransitionKind.RunParked or TransitionKind.RunBlocked or TransitionKind.MessagePostponed)
        {
            Wake();
        }
    }

    private void Wake() => _news.Release();
}
