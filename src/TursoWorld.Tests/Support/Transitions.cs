using TursoWorld.Diagnostics;

namespace TursoWorld.Tests.Support;

/// <summary>What a world tells about itself. Each transition answers one call, made before or after it.</summary>
internal sealed class Transitions
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    // Guards everything below.
    private readonly Lock _lock = new();
    private readonly List<Transition> _all = [];
    private readonly List<Transition> _fresh = [];
    private readonly List<(Func<Transition, bool> Accepts, TaskCompletionSource<Transition> Answer)> _waiting = [];

    public Transitions(WorldDiagnostics diagnostics) => diagnostics.Happened += Add;

    /// <summary>How many of a kind there have been.</summary>
    public int Count(TransitionKind kind, string subject)
    {
        lock (_lock)
        {
            return _all.Count(seen => seen.Kind == kind && seen.Subject == subject);
        }
    }

    /// <summary>The next transition of a kind that no earlier call has taken.</summary>
    public async Task<Transition> NextAsync(TransitionKind kind, string? subject = null, string? detail = null)
    {
        var answer = Take(seen => seen.Kind == kind && (subject is null || seen.Subject == subject)
            && (detail is null || seen.Detail == detail));
        try
        {
            return await answer.WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            lock (_lock)
            {
                throw new TimeoutException(
                    $"No {kind} of '{subject}' within {Limit}. Seen: {string.Join(Environment.NewLine, _all)}");
            }
        }
    }

    private Task<Transition> Take(Func<Transition, bool> accepts)
    {
        lock (_lock)
        {
            var index = _fresh.FindIndex(seen => accepts(seen));
            if (index >= 0)
            {
                var found = _fresh[index];
                _fresh.RemoveAt(index);
                return Task.FromResult(found);
            }

            var answer = new TaskCompletionSource<Transition>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((accepts, answer));
            return answer.Task;
        }
    }

    private void Add(Transition happened)
    {
        lock (_lock)
        {
            _all.Add(happened);
            var index = _waiting.FindIndex(waiting => waiting.Accepts(happened));
            if (index < 0)
            {
                _fresh.Add(happened);
                return;
            }

            _waiting[index].Answer.SetResult(happened);
            _waiting.RemoveAt(index);
        }
    }
}
