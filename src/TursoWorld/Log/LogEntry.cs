using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>An event without its payload: what <see cref="RunState"/> is folded from.</summary>
/// <param name="Position">Where it stands in the log of its run.</param>
/// <param name="Type">As the log has it, for example <c>step_created</c>.</param>
/// <param name="Id">The step, wait, hook, child or key of the state that it is about; empty for the run itself.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="Data">What else belongs to it.</param>
/// <param name="HasPayload">Whether it has a payload.</param>
internal readonly record struct LogEntry(long Position, string Type, string Id, long CreatedAt, EventData Data, bool HasPayload)
{
    public static LogEntry Of(WorkflowEvent source)
    {
        var columns = EventColumns.Plain(source);
        return new(
            source.Position, columns.Type, columns.CorrelationId ?? "", SqlTime.ToColumn(source.CreatedAt), columns.Data ?? EventData.Nothing,
            columns.Payload is not null);
    }
}
