using System.Globalization;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Derives from the log of one run what the tables ought to say about it, and compares.</summary>
/// <param name="runKey">The run.</param>
/// <param name="problems">Gets what is wrong.</param>
internal sealed class RunAudit(long runKey, List<IntegrityProblem> problems)
{
    private readonly Dictionary<(long Kind, string Id), IntegrityRow> _rows = [];
    private readonly Dictionary<(long Kind, string Id), Expected> _expected = [];
    private readonly SortedSet<string> _orphans = [];
    private readonly ExpectedRun _expectedRun = new();
    private IntegrityRow? _run;
    private long _position;
    private long _instant = long.MinValue;

    public long RunKey => runKey;

    private bool IsOver => _expectedRun.IsOver;

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
        var (id, data) = (row.id ?? "", DataOf(row));
        _expectedRun.Add(row, data);
        switch (row.state)
        {
            case "state_set" when row.number == 1:
                _expected[(IntegrityRow.State, id)] = new Expected(row.position, Status: null);
                break;
            case "state_set":
                Forget(id, row);
                break;
            case "step_created":
                var isPending = IsForeign || data.StepMode == StepMode.Queued || data.AwaitsSlot == true;
                Begin(IntegrityRow.Step, id, isPending ? new(row.position, "pending") { Attempt = 0 } : new(row.position, "running")
                {
                    Attempt = 1,
                    StartedAt = row.created_at,
                }, row);
                break;
            case "step_started":
                Change(IntegrityRow.Step, id, row, step => step with
                {
                    Status = "running",
                    Instant = null,
                    Attempt = data.Attempt,
                    StartedAt = step.StartedAt ?? row.created_at,
                });
                break;
            case "step_retrying":
                Change(IntegrityRow.Step, id, row, step => step with
                {
                    Status = "pending",
                    Latest = row.position,
                    Instant = data.RetryAfter,
                    Attempt = data.Attempt,
                });
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
                Begin(IntegrityRow.Wait, id, new(row.position, "waiting") { Instant = data.ResumeAt }, row);
                break;
            case "wait_completed":
                Change(IntegrityRow.Wait, id, row, wait => wait with { Status = "completed", Latest = row.position });
                break;
            case "wait_cancelled":
                Cancel(IntegrityRow.Wait, id, row);
                break;
            case "child_started":
                Begin(IntegrityRow.Child, id, new(row.position, "running"), row);
                break;
            case "child_ended":
                Change(IntegrityRow.Child, id, row, child => child with { Status = "ended", Latest = row.position });
                break;
            case "child_cancelled":
                Cancel(IntegrityRow.Child, id, row);
                break;
            case "hook_conflict" when !IsForeign:
                Begin(IntegrityRow.Hook, id, new(row.position, "used"), row);
                break;
            case "hook_disposed" when !IsForeign:
                Cancel(IntegrityRow.Hook, id, row);
                break;
            case "hook_created":
                Begin(IntegrityRow.Hook, id, new(row.position, Status: null) { Token = data.Token }, row);
                break;
            case "hook_received" or "hook_disposed":
                var isUsed = row.state == "hook_disposed" || !IsForeign;
                Change(IntegrityRow.Hook, id, row, hook => isUsed ? hook with { Status = "used" } : hook);
                break;
        }
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

        if (row.created_at < _instant)
        {
            Report(IntegrityProblemKind.LogOrder, $"Position {row.position} of the log is older than the one before.");
        }

        // A cancel may be repeated, and a foreign runtime may record afterwards how its steps have ended.
        var mayFollow = row.state == "run_cancelled" || (IsForeign && row.state is "step_completed" or "step_failed");
        if (IsOver && !mayFollow)
        {
            Report(
                IntegrityProblemKind.LogContradiction,
                $"Position {row.position} of the log is {row.state}, after the end of the run at {_expectedRun.EndedPosition}.");
        }

        _position = row.position;
        _instant = row.created_at ?? _instant;
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
        foreach (var difference in _expectedRun.Compare(run))
        {
            Report(IntegrityProblemKind.RunMismatch, difference);
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

        var found = new Expected(row.position, row.state)
        {
            Latest = row.latest_position,
            Instant = row.instant,
            Attempt = row.number,
            StartedAt = row.started_at,
            Token = row.text,
        };
        if (found != expected)
        {
            Report(MismatchOf(kind), $"{TableOf(kind)} says of '{id}': {found.Describe(expected)}. The log says: {expected.Describe(found)}.");
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
    private sealed record Expected(long Created, string? Status)
    {
        public long? Latest { get; init; }
        public long? Instant { get; init; }
        public long? Attempt { get; init; }
        public long? StartedAt { get; init; }

        /// <summary>Of a hook. Whoever has it can resume the run, so it is not described.</summary>
        public string? Token { get; init; }

        public string Describe(Expected other) =>
            $"{Status ?? "waits"}, made at {Created}, latest {Written(Latest)}, attempt {Written(Attempt)}, instant {Written(Instant)}, "
            + $"began {Written(StartedAt)}{(Token == other.Token ? "" : ", another token")}";
    }
}
