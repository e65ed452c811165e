using System.Globalization;
using TursoWorld.Log;

namespace TursoWorld.Turns;

/// <summary>Folds the log of one run, and compares what the tables say about the run.</summary>
/// <param name="runKey">The run.</param>
/// <param name="problems">Gets what is wrong.</param>
internal sealed class RunAudit(long runKey, List<IntegrityProblem> problems)
{
    private readonly Dictionary<string, IntegrityRow> _hooks = [];
    private readonly Dictionary<string, IntegrityRow> _children = [];
    private readonly Dictionary<string, IntegrityRow> _messages = [];
    private readonly SortedSet<string> _orphans = [];
    private IntegrityRow? _run;
    private RunState? _log;

    public long RunKey => runKey;

    private bool IsForeign => _run is { position: > 0 };

    /// <summary>Takes the next row: first those of the tables, that of the run before all, then the log in order.</summary>
    public void Add(IntegrityRow row)
    {
        if (row.kind == IntegrityRow.Run)
        {
            _run = row;
            _log = new RunState(IsForeign, Report);
            return;
        }

        if (_log is null)
        {
            _orphans.Add(TableOf(row.kind));
            return;
        }

        switch (row.kind)
        {
            case IntegrityRow.Hook:
                _hooks[row.id ?? ""] = row;
                break;
            case IntegrityRow.Child:
                _children[row.id ?? ""] = row;
                break;
            case IntegrityRow.StepMessage:
                _messages[row.id ?? ""] = row;
                break;
            case IntegrityRow.Log:
                AddLog(_log, row);
                break;
        }
    }

    /// <summary>Compares, when all rows have been taken.</summary>
    public void Finish()
    {
        if (_run is not { } run || _log is not { } log)
        {
            Report(
                IntegrityProblemKind.Orphan,
                $"{string.Join(" and ", _orphans)} have rows of run_key {runKey}, which does not exist.");
            return;
        }

        if (log.Position == 0)
        {
            Report(IntegrityProblemKind.LogStart, "The run has no log.");
        }

        CompareRun(run, log);
        CompareMessages(run, log);
        CompareHooks(log);
        CompareChildren(log);
    }

    private void CompareRun(IntegrityRow run, RunState log)
    {
        if (run.state != StatusText.ToText(log.Status))
        {
            Report(IntegrityProblemKind.RunMismatch, $"The run is '{run.state}', and '{StatusText.ToText(log.Status)}' in the log.");
        }

        if (run.latest_position != log.EndedPosition)
        {
            Report(
                IntegrityProblemKind.RunMismatch,
                $"The run ended at position {Written(run.latest_position)}, and at {Written(log.EndedPosition)} in the log.");
        }

        if ((run.created_at, run.started_at, run.instant) != (log.CreatedAt, log.StartedAt, log.EndedAt))
        {
            Report(
                IntegrityProblemKind.RunMismatch,
                $"The run was created, started and over at {Written(run.created_at)}, {Written(run.started_at)} and "
                + $"{Written(run.instant)}, and at {Written(log.CreatedAt)}, {Written(log.StartedAt)} and {Written(log.EndedAt)} in the log.");
        }

        if (CompareAttributes(run.text, log.Attributes) is { } difference)
        {
            Report(IntegrityProblemKind.RunMismatch, difference);
        }
    }

    /// <summary>A run that is not over has one message, and so has each of its queued steps that is open.</summary>
    private void CompareMessages(IntegrityRow run, RunState log)
    {
        var needed = log.IsOver || IsForeign ? 0 : 1;
        if (run.number != needed)
        {
            Report(
                IntegrityProblemKind.MessageMismatch,
                needed == 0 ? "The run has a message, which nobody needs." : "The run is not over and has no message: nothing would take it up.");
        }

        foreach (var step in log.Steps.InOrder.Where(step => step is { IsOpen: true, IsQueued: true } && !_messages.Remove(step.Id)))
        {
            Report(IntegrityProblemKind.MessageMismatch, $"Step '{step.Id}' is queued and has no message: nothing would take it up.");
        }

        foreach (var message in _messages.Values)
        {
            Report(IntegrityProblemKind.MessageMismatch, $"Message '{message.text}' belongs to a step that is not open.");
        }
    }

    /// <summary>A child that the log has not seen the end of is a run that goes on and tells its parent; no other run does.</summary>
    private void CompareChildren(RunState log)
    {
        foreach (var child in log.Children.InOrder)
        {
            var isWaitedFor = child.Status == ChildStatus.Running;
            var isFound = _children.Remove(child.Id, out var row);
            if (isWaitedFor && !log.IsOver && !isFound)
            {
                Report(IntegrityProblemKind.ChildMismatch, $"Child '{child.Id}' is waited for, and no run is it: the parent would hear of no end.");
            }
            else if (isFound && (row!.number == 1) != isWaitedFor) // it was found
            {
                Report(
                    IntegrityProblemKind.ChildMismatch,
                    $"Run '{row.text}' would {(isWaitedFor ? "not " : "")}tell its parent of its end, as child '{child.Id}'; the log of the parent says otherwise.");
            }
        }

        foreach (var row in _children.Values)
        {
            Report(IntegrityProblemKind.ChildMismatch, $"Run '{row.text}' is child '{row.id}' of this one, whose log knows nothing of it.");
        }
    }

    /// <summary>A hook that can receive has a row, and no other has one.</summary>
    private void CompareHooks(RunState log)
    {
        foreach (var hook in log.Hooks.InOrder)
        {
            var isFound = _hooks.Remove(hook.Id, out var row);
            var problem = (hook.IsLiving, isFound) switch
            {
                (true, false) => $"workflow_hooks has no row '{hook.Id}'.",
                (false, true) => $"workflow_hooks has a row '{hook.Id}', which had to go.",
                (true, true) when row!.position != hook.Created => $"workflow_hooks says of '{hook.Id}' that it was made at {row.position}.", // it was found
                (true, true) when row!.text != hook.Token => $"workflow_hooks has another token of '{hook.Id}'.", // as above
                _ => null,
            };
            if (problem is not null)
            {
                Report(IntegrityProblemKind.HookMismatch, problem);
            }
        }

        foreach (var id in _hooks.Keys)
        {
            Report(IntegrityProblemKind.HookMismatch, $"workflow_hooks has a row '{id}' that the log knows nothing of.");
        }
    }

    private static string? CompareAttributes(string? column, IReadOnlyDictionary<string, string> logged)
    {
        IReadOnlyDictionary<string, string> found;
        try
        {
            found = AttributeText.Read(column);
        }
        catch (StorageException)
        {
            return "The attributes of the run are no JSON object of texts.";
        }

        var names = found.Keys.Union(logged.Keys)
            .Where(name => found.GetValueOrDefault(name) != logged.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count == 0 ? null : $"The log has other values of these attributes: '{string.Join("', '", names)}'.";
    }

    private void AddLog(RunState log, IntegrityRow row)
    {
        List<StoredEvent> events;
        try
        {
            events = new LogRow { first = row.position, created_at = row.created_at ?? 0, events = row.events ?? [], payloads = row.payloads }.Read();
        }
        catch (StorageException)
        {
            Report(IntegrityProblemKind.LogUnreadable, $"The log cannot be read from position {row.position} to {row.latest_position}.");
            return;
        }

        if (row.position + events.Count - 1 != row.latest_position)
        {
            Report(
                IntegrityProblemKind.LogGap,
                $"The row of the log from position {row.position} to {Written(row.latest_position)} has {events.Count} events.");
        }

        events.ForEach(log.Add);
    }

    private void Report(IntegrityProblemKind kind, string text)
    {
        if (problems.Count < IntegrityReport.MaxProblems)
        {
            problems.Add(new IntegrityProblem { Kind = kind, RunId = _run?.id, Text = text });
        }
    }

    private static string Written(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string TableOf(long kind) => kind switch
    {
        IntegrityRow.Hook => "workflow_hooks",
        _ => "workflow_log",
    };
}
