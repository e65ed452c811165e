using System.Globalization;

namespace TursoWorld.Turns;

/// <summary>Derives from the log of one run what the tables ought to say about it, and compares.</summary>
/// <param name="runKey">The run.</param>
/// <param name="problems">Gets what is wrong.</param>
internal sealed class RunAudit(long runKey, List<IntegrityProblem> problems)
{
    private readonly Dictionary<(long Kind, string Id), IntegrityRow> _rows = [];
    private readonly Dictionary<(long Kind, string Id), Expected> _expected = [];
    private readonly SortedSet<string> _orphans = [];
    private IntegrityRow? _run;
    private string _status = "pending";
    private bool _isStarted;
    private long? _endedAt;
    private long _position;
    private long _instant = long.MinValue;

    public long RunKey => runKey;

    private bool IsOver => _endedAt is not null;

    private bool IsForeign => _run is { position: > 0 };

    /// <summary>Takes the next row: first the summary, then the log in order.</summary>
    public void Add(IntegrityRow row)
    {
        if (row.kind == IntegrityRow.Run)
        {
            _run = row;
        }
        else if (_run is null)
        {
            _orphans.Add(TableOf(row.kind));
        }
        else if (row.kind == IntegrityRow.Event)
        {
            AddEvent(row);
        }
        else
        {
            _rows[(row.kind, row.id ?? "")] = row;
        }
    }

    /// <summary>Compares, when all rows have been taken.</summary>
    public void Finish()
    {
        if (_run is null)
        {
            Report(
                IntegrityProblemKind.Orphan,
                $"{string.Join(" and ", _orphans)} have rows of run_key {runKey}, which does not exist.");
            return;
        }

        if (_position == 0)
        {
            Report(IntegrityProblemKind.LogStart, "The run has no log.");
        }

        CompareRun(_run);
        foreach (var (key, expected) in _expected)
        {
            Compare(key.Kind, key.Id, expected, _rows.GetValueOrDefault(key));
        }

        foreach (var key in _rows.Keys.Where(key => !_expected.ContainsKey(key)))
        {
            Report(MismatchOf(key.Kind), $"{TableOf(key.Kind)} has a row '{key.Id}' that the log knows nothing of.");
        }
    }

    private void AddEvent(IntegrityRow row)
    {
        CheckPlace(row);
        var id = row.id ?? "";
        switch (row.state)
        {
            case "run_started":
                (_status, _isStarted) = (_status == "paused" ? "paused" : "running", true);
                break;
            case "run_paused":
                _status = "paused";
                break;
            case "run_resumed":
                _status = _isStarted ? "running" : "pending";
                break;
            case "run_completed" or "run_failed" or "run_cancelled":
                _status = row.state["run_".Length..];
                _endedAt ??= row.position;
                break;
            case "state_set" when row.number == 1:
                _expected[(IntegrityRow.State, id)] = new Expected(row.position, null, null, null, null);
                break;
            case "state_set":
                Forget(id, row);
                break;
            case "step_created":
                var (status, attempt) = IsForeign || row.number == 0 ? ("pending", 0) : ("running", 1); // 0 = queued
                Begin(IntegrityRow.Step, id, new Expected(row.position, status, null, null, attempt), row);
                break;
            case "step_started":
                Change(IntegrityRow.Step, id, row, step => step with { Status = "running", Instant = null, Attempt = row.number });
                break;
            case "step_retrying":
                Change(IntegrityRow.Step, id, row, step => new Expected(
                    step.Created, "pending", row.position, row.instant, row.number));
                break;
            case "step_cancelled":
                Cancel(IntegrityRow.Step, id, row);
                break;
            case "step_completed" or "step_failed":
                Change(IntegrityRow.Step, id, row, step => step with
                {
                    Status = row.state["step_".Length..],
                    Latest = row.position,
                    Instant = null,
                });
                break;
            case "wait_created":
                Begin(IntegrityRow.Wait, id, new Expected(row.position, "waiting", null, row.instant, null), row);
                break;
            case "wait_completed":
                Change(IntegrityRow.Wait, id, row, wait => wait with { Status = "completed", Latest = row.position });
                break;
            case "wait_cancelled":
                Cancel(IntegrityRow.Wait, id, row);
                break;
            case "child_started":
                Begin(IntegrityRow.Child, id, new Expected(row.position, "running", null, null, null), row);
                break;
            case "child_ended":
                Change(IntegrityRow.Child, id, row, child => child with { Status = "ended", Latest = row.position });
                break;
            case "child_cancelled":
                Cancel(IntegrityRow.Child, id, row);
                break;
            case "hook_conflict" when !IsForeign:
                Begin(IntegrityRow.Hook, id, new Expected(row.position, "used", null, null, null), row);
                break;
            case "hook_disposed" when !IsForeign:
                Cancel(IntegrityRow.Hook, id, row);
                break;
            case "hook_created":
                Begin(IntegrityRow.Hook, id, new Expected(row.position, Status: null, null, null, null), row);
                break;
            case "hook_received" or "hook_disposed":
                var isUsed = row.state == "hook_disposed" || !IsForeign;
                Change(IntegrityRow.Hook, id, row, hook => isUsed ? hook with { Status = "used" } : hook);
                break;
        }
    }

    private void CheckPlace(IntegrityRow row)
    {
        if (row.position != _position + 1)
        {
            Report(IntegrityProblemKind.LogGap, $"Position {_position} of the log is followed by {row.position}.");
        }

        if ((row.state == "run_created") != (_position == 0))
        {
            Report(IntegrityProblemKind.LogStart, $"Position {row.position} of the log is {row.state}.");
        }

        if (row.latest_position < _instant)
        {
            Report(IntegrityProblemKind.LogOrder, $"Position {row.position} of the log is older than the one before.");
        }

        // A cancel may be repeated, and a foreign runtime may record afterwards how its steps have ended.
        var mayFollow = row.state == "run_cancelled" || (IsForeign && row.state is "step_completed" or "step_failed");
        if (IsOver && !mayFollow)
        {
            Report(
                IntegrityProblemKind.LogContradiction,
                $"Position {row.position} of the log is {row.state}, after the end of the run at {_endedAt}.");
        }

        _position = row.position;
        _instant = row.latest_position ?? _instant;
    }

    private void Begin(long kind, string id, Expected expected, IntegrityRow row)
    {
        if (!_expected.TryAdd((kind, id), expected))
        {
            Report(IntegrityProblemKind.LogContradiction, $"Position {row.position} of the log makes '{id}' a second time.");
        }
    }

    /// <summary>The code of the workflow gave it up. When it had ended by then, that changes nothing.</summary>
    private void Cancel(long kind, string id, IntegrityRow row)
    {
        if (!_expected.TryGetValue((kind, id), out var expected) || expected.Status is not ("completed" or "failed" or "ended" or "used"))
        {
            var status = kind == IntegrityRow.Hook ? "used" : "cancelled";
            Change(kind, id, row, thing => thing with { Status = status, Instant = kind == IntegrityRow.Wait ? thing.Instant : null });
        }
    }

    private void Change(long kind, string id, IntegrityRow row, Func<Expected, Expected> change)
    {
        if (!_expected.TryGetValue((kind, id), out var expected))
        {
            Report(IntegrityProblemKind.LogContradiction, $"Position {row.position} of the log is {row.state} of '{id}', which was never made.");
        }
        else if (expected.Status is "completed" or "failed" or "ended" or "cancelled" or "used")
        {
            Report(IntegrityProblemKind.LogContradiction, $"Position {row.position} of the log is {row.state} of '{id}', which had ended.");
        }
        else
        {
            _expected[(kind, id)] = change(expected);
        }
    }

    private void Forget(string key, IntegrityRow row)
    {
        if (!_expected.Remove((IntegrityRow.State, key)))
        {
            Report(IntegrityProblemKind.LogContradiction, $"Position {row.position} of the log forgets '{key}', which had no value.");
        }
    }

    private void CompareRun(IntegrityRow run)
    {
        if (run.state != _status)
        {
            Report(IntegrityProblemKind.RunMismatch, $"The run is '{run.state}', and '{_status}' in the log.");
        }

        if (run.latest_position != _endedAt || (run.instant is null) == IsOver)
        {
            Report(
                IntegrityProblemKind.RunMismatch,
                $"The run ended at position {Written(run.latest_position)}, and at {Written(_endedAt)} in the log.");
        }

        var hasToHave = IsOver || IsForeign ? 0 : 1;
        if (run.number != hasToHave)
        {
            Report(
                IntegrityProblemKind.MessageMismatch,
                hasToHave == 0 ? "The run has a message, which nobody needs." : "The run is not over and has no message: nothing would take it up.");
        }
    }

    private void Compare(long kind, string id, Expected expected, IntegrityRow? row)
    {
        if (IsOver && !IsForeign && kind == IntegrityRow.Step && expected.Status is "pending" or "running")
        {
            expected = expected with { Status = "cancelled", Instant = null };
        }

        if (IsOver && kind == IntegrityRow.Child && expected.Status == "running")
        {
            expected = expected with { Status = row?.state }; // it may have ended since, and its parent hears of nothing
        }

        var isGone = (IsOver && kind is IntegrityRow.Wait or IntegrityRow.Hook) || (kind == IntegrityRow.Hook && expected.Status is not null);
        if (isGone != row is null)
        {
            Report(MismatchOf(kind), isGone
                ? $"{TableOf(kind)} has a row '{id}', which had to go."
                : $"{TableOf(kind)} has no row '{id}'.");
            return;
        }

        if (row is null)
        {
            return;
        }

        // The state of a hook is its token, which an event has in another form.
        var found = new Expected(
            row.position, kind == IntegrityRow.Hook ? null : row.state, row.latest_position, row.instant, row.number);
        if (found != expected)
        {
            Report(MismatchOf(kind), $"{TableOf(kind)} says of '{id}': {found.Describe()}. The log says: {expected.Describe()}.");
        }
    }

    private void Report(IntegrityProblemKind kind, string text)
    {
        if (problems.Count < IntegrityReport.MaxProblems)
        {
            problems.Add(new IntegrityProblem { Kind = kind, RunId = _run?.id, Text = text });
        }
    }

    private static string Written(long? position) => position?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string TableOf(long kind) => kind switch
    {
        IntegrityRow.Step => "workflow_steps",
        IntegrityRow.Wait => "workflow_waits",
        IntegrityRow.Hook => "workflow_hooks",
        IntegrityRow.Child => "workflow_children",
        IntegrityRow.State => "workflow_state",
        _ => "workflow_events",
    };

    private static IntegrityProblemKind MismatchOf(long kind) => kind switch
    {
        IntegrityRow.Step => IntegrityProblemKind.StepMismatch,
        IntegrityRow.Wait => IntegrityProblemKind.WaitMismatch,
        IntegrityRow.Child => IntegrityProblemKind.ChildMismatch,
        IntegrityRow.State => IntegrityProblemKind.StateMismatch,
        _ => IntegrityProblemKind.HookMismatch,
    };

    /// <summary>A row as the log would have it.</summary>
    private sealed record Expected(long Created, string? Status, long? Latest, long? Instant, long? Attempt)
    {
        public string Describe() =>
            $"{Status ?? "waits"}, made at {Created}, latest {Written(Latest)}, attempt {Written(Attempt)}, instant {Written(Instant)}";
    }
}
