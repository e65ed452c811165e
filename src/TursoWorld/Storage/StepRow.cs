using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>A row of <c>workflow_steps</c>, with the events that made it what it is.</summary>
internal sealed class StepRow
{
    public long created_position { get; init; }
    public required string step_id { get; init; }
    public string? data { get; init; }
    public required string status { get; init; }
    public long attempt { get; init; }
    public long? started_at { get; init; }
    public long? retry_after { get; init; }
    public long created_at { get; init; }
    public byte[]? input { get; init; }
    public string? latest_type { get; init; }
    public long? latest_at { get; init; }
    public byte[]? latest_payload { get; init; }
    public byte[]? progress { get; init; }
    public long? heartbeat_at { get; init; }

    /// <summary>A row that a unit returned.</summary>
    public static StepRow From(SqlRow row) => new()
    {
        created_position = row.Integer(0),
        step_id = row.Text(1),
        data = row.TextOrNull(2),
        status = row.Text(3),
        attempt = row.Integer(4),
        started_at = row.IntegerOrNull(5),
        retry_after = row.IntegerOrNull(6),
        created_at = row.Integer(7),
        input = row.BytesOrNull(8),
        latest_type = row.TextOrNull(9),
        latest_at = row.IntegerOrNull(10),
        latest_payload = row.BytesOrNull(11),
        progress = row.BytesOrNull(12),
        heartbeat_at = row.IntegerOrNull(13),
    };

    /// <param name="runId">Its run.</param>
    /// <param name="codecs">What its payloads went through.</param>
    /// <param name="resolve">What was asked for.</param>
    public WorkflowStep ToStep(string runId, PayloadCodecs codecs, ResolveData resolve)
    {
        var stepStatus = StatusText.ToStepStatus(status);
        var created = StoredEvent.ReadData(data);
        (StructuredError? Error, ReadOnlyMemory<byte>? Payload) failure =
            latest_type is "step_failed" or "step_retrying" && latest_payload is not null
                ? StoredError.Decode(codecs, latest_payload, resolve)
                : default;
        return new WorkflowStep
        {
            RunId = runId,
            StepId = step_id,
            StepName = created.StepName ?? "",
            Mode = created.StepMode,
            Status = stepStatus,
            Attempt = (int)attempt,
            Input = codecs.Decode(input),
            Output = stepStatus == StepStatus.Completed ? codecs.Decode(latest_payload) : null,
            Error = failure.Error,
            ErrorPayload = failure.Payload,
            Progress = codecs.Decode(progress),
            HeartbeatAt = SqlTime.FromColumn(heartbeat_at),
            RetryAfter = SqlTime.FromColumn(retry_after),
            CreatedAt = SqlTime.FromColumn(created_at),
            StartedAt = SqlTime.FromColumn(started_at),
            CompletedAt = stepStatus is StepStatus.Completed or StepStatus.Failed ? SqlTime.FromColumn(latest_at) : null,
        };
    }
}
