using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_steps</c>.</summary>
internal sealed class StepStore(ISqlDatabase database) : IStepStore
{
    public async Task<Page<WorkflowStep>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        page ??= new PageRequest();
        var arguments = new { run_id = runId, after = Keyset.After(page), limit = page.Limit + 1 };
        var rows = await database.ReadAsync(
            connection => connection.Query<StepRow>(StepSql.List, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return Keyset.ToPage(page, rows, row => row.created_position, row => ToStep(runId, row));
    }

    private static WorkflowStep ToStep(string runId, StepRow row)
    {
        var created = (WorkflowEvent.StepCreated)EventColumns.Read(
            row.created_position, "step_created", row.step_id, row.created_at, row.data, payload: null);
        var status = StatusText.ToStepStatus(row.status);
        return new WorkflowStep
        {
            RunId = runId,
            StepId = row.step_id,
            StepName = created.StepName,
            Status = status,
            Attempt = (int)row.attempt,
            Output = status == StepStatus.Completed ? SqlBytes.FromColumn(row.latest_payload) : null,
            Error = row.latest_type is "step_failed" or "step_retrying" && row.latest_payload is not null
                ? EventColumns.ToError(row.latest_payload)
                : null,
            RetryAfter = SqlTime.FromColumn(row.retry_after),
            CreatedAt = created.CreatedAt,
            StartedAt = SqlTime.FromColumn(row.started_at),
            CompletedAt = status is StepStatus.Completed or StepStatus.Failed ? SqlTime.FromColumn(row.latest_at) : null,
        };
    }

    private sealed class StepRow
    {
        public long created_position { get; init; }
        public required string step_id { get; init; }
        public string? data { get; init; }
        public required string status { get; init; }
        public long attempt { get; init; }
        public long? started_at { get; init; }
        public long? retry_after { get; init; }
        public long created_at { get; init; }
        public string? latest_type { get; init; }
        public long? latest_at { get; init; }
        public byte[]? latest_payload { get; init; }
    }
}
