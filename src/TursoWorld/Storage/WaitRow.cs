using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>A row of <c>workflow_waits</c>, with the events that made it what it is.</summary>
internal sealed class WaitRow
{
    public long wait_key { get; init; }
    public required string wait_id { get; init; }
    public required string status { get; init; }
    public long resume_at { get; init; }
    public long created_at { get; init; }
    public long? latest_at { get; init; }

    /// <summary>A row that a unit returned.</summary>
    public static WaitRow From(SqlRow row) => new()
    {
        wait_key = row.Integer(0),
        wait_id = row.Text(1),
        status = row.Text(2),
        resume_at = row.Integer(3),
        created_at = row.Integer(4),
        latest_at = row.IntegerOrNull(5),
    };

    public WorkflowWait ToWait(string runId) => new()
    {
        RunId = runId,
        WaitId = wait_id,
        Status = StatusText.ToWaitStatus(status),
        ResumeAt = SqlTime.FromColumn(resume_at),
        CreatedAt = SqlTime.FromColumn(created_at),
        CompletedAt = SqlTime.FromColumn(latest_at),
    };
}
