using System.Globalization;
using TursoWorld.Log;
using TursoWorld.Sql;

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
            case IntegrityRow.Event:
                _log.Add(new LogEntry(row.position, row.state ?? "", row.id ?? "", row.created_at ?? 0, DataOf(row), row.number == 1));
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
        Compare(log.Hooks, hook => hook.IsLiving, _hooks, IntegrityProblemKind.HookMismatch, "workflow_hooks", (hook, row) =>
            row.position == hook.Created && row.text == hook.Token ? null : $"was made at {row.position} or has another token");
        Compare(log.Children, _ => true, _children, IntegrityProblemKind.ChildMismatch, "workflow_children", (child, row) => CompareChild(log, child, row));
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

    private static string? CompareChild(RunState log, ChildState child, IntegrityRow row)
    {
        var status = child.Status switch
        {
            ChildStatus.Running => "running",
            ChildStatus.Ended => "ended",
            _ => "cancelled",
        };
        var isTold = row.latest_position == child.Latest && row.state == status;
        var isOverUnheard = log.IsOver && child.Status == ChildStatus.Running; // it may have ended since, and its parent hears of nothing
        return row.position == child.Created && (isTold || isOverUnheard)
            ? null
            : $"was made at {row.position}, is {row.state} and ended at {Written(row.latest_position)}, and in the log {status} and {Written(child.Latest)}";
    }

    private void Compare<T>(
        LoggedList<T> logged,
        Func<T, bool> hasRow,
        Dictionary<string, IntegrityRow> rows,
        IntegrityProblemKind kind,
        string table,
        Func<T, IntegrityRow, string?> difference)
        where T : class, ILogged
    {
        foreach (var one in logged.InOrder)
        {
            var isFound = rows.Remove(one.Id, out var row);
            var problem = (hasRow(one), isFound) switch
            {
                (true, false) => $"{table} has no row '{one.Id}'.",
                (false, true) => $"{table} has a row '{one.Id}', which had to go.",
                (true, true) when difference(one, row!) is { } words => $"{table} says of '{one.Id}' that it {words}.", // it was found
                _ => null,
            };
            if (problem is not null)
            {
                Report(kind, problem);
            }
        }

        foreach (var id in rows.Keys)
        {
            Report(kind, $"{table} has a row '{id}' that the log knows nothing of.");
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

    private EventData DataOf(IntegrityRow row)
    {
        try
        {
            return StoredEvent.ReadData(row.text);
        }
        catch (StorageException)
        {
            Report(IntegrityProblemKind.LogUnreadable, $"The data of position {row.position} of the log cannot be read.");
            return EventData.Nothing;
        }
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
        IntegrityRow.Child => "workflow_children",
        _ => "workflow_events",
    };
}
