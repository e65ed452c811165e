using System.Collections;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the code of a run asks for and the log does not have yet, first in, first out.</summary>
internal sealed class CommandQueue : IReadOnlyCollection<Command>
{
    private readonly Queue<Command> _commands = new();
    private long _recorded;
    private long _asked;

    public int Count => _commands.Count;

    /// <summary>What the code asked for first; null for nothing.</summary>
    public Command? Head => _commands.TryPeek(out var head) ? head : null;

    /// <summary>Whether the code has still to ask for something that is recorded.</summary>
    public bool IsReplaying => _asked < _recorded;

    /// <summary>Whether an attempt of the run's own will be recorded as running.</summary>
    public bool AsksForAttempt
    {
        get
        {
            foreach (var command in _commands)
            {
                if (command is Command.RunStep { Step: { IsCancelled: false, IsQueued: false } })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the code goes on, or has ended, by something that it asks for.</summary>
    public bool AsksForResult
    {
        get
        {
            foreach (var command in _commands)
            {
                if (command is not (Command.SetAttributes or Command.SetState or Command.Cancel or Command.RunStep { Step.IsCancelled: true }
                    or Command.Wait { Request.IsCancelled: true } or Command.RegisterHook { Hook.IsCancelled: true }
                    or Command.StartChild { Child.IsCancelled: true }))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the code gives up something that somebody else may have been told is accepted: a hook, or the whole run.</summary>
    public bool IsFinal
    {
        get
        {
            foreach (var command in _commands)
            {
                if (command.EndsRun || command is Command.Cancel { Request: HookRequest })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>What the end of the run would have to close or remove.</summary>
    public RunLeftovers Leftovers =>
        (AsksFor<Command.RunStep>() ? RunLeftovers.StepMessages : RunLeftovers.None)
        | (AsksFor<Command.RegisterHook>() ? RunLeftovers.Hooks : RunLeftovers.None)
        | (AsksFor<Command.StartChild>() ? RunLeftovers.Children : RunLeftovers.None);

    /// <summary>When the first sleep ends that will be recorded; null for never.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var command in _commands)
            {
                next = command is Command.Wait { Request: { IsCancelled: false } begun }
                    ? Instants.Earlier(next, begun.ResumeAt)
                    : next;
            }

            return next;
        }
    }

    /// <summary>Announces events that are about to be delivered and that the code may have heard of before.</summary>
    public void Expect(IReadOnlyList<WorkflowEvent> events) => _recorded += events.Count(Command.IsRecordedBy);

    /// <summary>Takes what the code asks for behind everything it asked for before.</summary>
    public void Ask(Command command)
    {
        _commands.Enqueue(command);
        _asked++;
    }

    /// <summary>The head is recorded.</summary>
    public void Take() => _commands.Dequeue();

    /// <summary>The run is over: nobody is left to ask for anything.</summary>
    public void Clear() => _commands.Clear();

    /// <summary>Whether the code asks for something of a kind.</summary>
    public bool AsksFor<T>()
        where T : Command
    {
        foreach (var command in _commands)
        {
            if (command is T)
            {
                return true;
            }
        }

        return false;
    }

    public Queue<Command>.Enumerator GetEnumerator() => _commands.GetEnumerator();

    IEnumerator<Command> IEnumerable<Command>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
