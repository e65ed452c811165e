// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above

namespace TursoWorld.Runtime;

/// <summary>
/// What a piece of workflow code asked for and can be cancelled together, in the order in which it was asked for.
/// </summary>
/// <param name="engine">The workflow.</param>
/// <param name="parent">The scope around it; null for none.</param>
/// <param name="isShield">Whether the cancellation of the scope around it stops here.</param>
internal sealed class Scope(ReplayEngine engine, Scope? parent, bool isShield) : ScopeMember
{
    private readonly LinkedList<ScopeMember> _members = [];
    private WaitRequest? _timer;
    private Task _timing = Task.CompletedTask;
    private bool _isEnded;

    public bool IsCancelled { get; private set; } = !isShield && parent is { IsCancelled: true };

    /// <summary>Whether code in it, or in a scope within it, waits for something of its own.</summary>
    public bool HasOpen
    {
        get
        {
            foreach (var member in _members)
            {
                if (member is not Scope { HasOpen: false })
                {
                    return true;
                }
            }

            return false;
        }
    }

    public LinkedListNode<ScopeMember> Add(ScopeMember member) => _members.AddLast(member);

    public void Remove(LinkedListNode<ScopeMember> place)
    {
        _members.Remove(place);
        LeaveIfDone();
    }

    public void Cancel()
    {
        if (IsCancelled)
        {
            return;
        }

        IsCancelled = true;
        ScopeMember[] members = [.. _members]; // which leave while they are cancelled
        foreach (var member in members)
        {
            switch (member)
            {
                case Request request:
                    engine.Cancel(request);
                    break;
                case Scope { IsShield: false } scope:
                    scope.Cancel();
                    break;
            }
        }
    }

    /// <summary>Cancels after a time, in place of any time that was set before.</summary>
    public void CancelAfter(TimeSpan delay)
    {
        StopTimer();
        if (!IsCancelled && delay != Timeout.InfiniteTimeSpan)
        {
            // Of the scope around: this one would cancel its own timer.
            _timer = engine.RequestWait(delay, isShield ? null : parent);
            _timing = CancelAtAsync(_timer);
        }
    }

    /// <summary>The code of the scope has ended. What it left open can still be cancelled.</summary>
    public void End()
    {
        _isEnded = true;
        StopTimer();
        LeaveIfDone();
    }

    private bool IsShield => isShield;

    private async Task CancelAtAsync(WaitRequest timer)
    {
        try
        {
            await timer.Result;
        }
        catch (OperationCanceledException)
        {
            return; // another time was set, or the scope is over
        }

        Cancel();
    }

    private void StopTimer()
    {
        if (_timer is not null)
        {
            engine.Cancel(_timer);
            _timer = null;
        }
    }

    private void LeaveIfDone()
    {
        if (_isEnded && _members.Count == 0)
        {
            Leave();
        }
    }
}
