using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>What follows from the end of a run, whoever ends it. Added behind the event that ends it.</summary>
internal static class RunEnd
{
    /// <summary>By its owner, who knows its message and what is left of it.</summary>
    /// <param name="statements">Gets the statements.</param>
    /// <param name="turn">The turn.</param>
    /// <param name="status">How it ended.</param>
    /// <param name="ended">The event that ended it, as it is stored.</param>
    /// <param name="codecs">What payloads go through.</param>
    public static RunEndNews Add(List<SqlStatement> statements, Turn turn, RunStatus status, StoredEvent ended, PayloadCodecs codecs)
    {
        var (runKey, end) = (turn.Message.RunKey, turn.Events[^1]);
        var cascade = AddEnd(statements, runKey, status, turn.Leftovers);
        statements.Add(new(QueueSql.Delete, ("message_key", turn.Message.MessageKey)));
        if (end is WorkflowEvent.RunCompleted { ContinuedToRunId: { } nextRunId })
        {
            RunBirth.AddNext(statements, turn, nextRunId, codecs);
            statements.Add(new(ChildSql.End, ("run_key", runKey))); // the next run tells the parent
            return new(Parent: null, cascade);
        }

        return new(turn.IsChild ? TellParent(statements, runKey, turn.RunId, status, ended, end.CreatedAt) : null, cascade);
    }

    /// <summary>From outside.</summary>
    public static RunEndNews Add(
        List<SqlStatement> statements, long runKey, string runId, RunStatus status, StoredEvent ended, DateTimeOffset now)
    {
        var cascade = AddEnd(statements, runKey, status, RunLeftovers.All);
        statements.Add(new(QueueSql.DeleteOfRun, ("run_key", runKey)));
        return new(TellParent(statements, runKey, runId, status, ended, now), cascade);
    }

    /// <returns>The index of the statement that says whether children are to be cancelled.</returns>
    private static int? AddEnd(
        List<SqlStatement> statements, long runKey, RunStatus status, RunLeftovers leftovers)
    {
        statements.Add(new(RunSql.End, ("run_key", runKey), ("status", StatusText.ToText(status))));
        AddIf(RunLeftovers.StepMessages, StepMessageSql.DeleteSteps);
        AddIf(RunLeftovers.Hooks, HookSql.DeleteAll);
        AddIf(RunLeftovers.Children, CascadeSql.AddChildren);
        return leftovers.HasFlag(RunLeftovers.Children) ? statements.Count - 1 : null;

        void AddIf(RunLeftovers what, string text)
        {
            if (leftovers.HasFlag(what))
            {
                statements.Add(new(text, ("run_key", runKey)));
            }
        }
    }

    /// <summary>Tells the parent, if it waits for the run.</summary>
    /// <returns>The index of the statement that returns the parent.</returns>
    private static int TellParent(
        List<SqlStatement> statements, long runKey, string runId, RunStatus status, StoredEvent ended, DateTimeOffset now)
    {
        var (rest, beside) = LogRows.WriteRest(ChildEvents.WriteEnd(ended, runId, status));
        statements.Add(new(LogSql.AppendChildEnded, ("run_key", runKey), ("rest", rest), ("payloads", beside)));
        statements.Add(new(QueueSql.WakeByChild, ("run_key", runKey), ("now", now)));
        statements.Add(new(ChildSql.End, ("run_key", runKey)));
        return statements.Count - 2;
    }
}
