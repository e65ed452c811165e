using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>What some steps have beside their state: the events that it points to, and what was reported last.</summary>
/// <param name="events">By their positions.</param>
/// <param name="progress">By the ids of the steps.</param>
/// <param name="codecs">What payloads went through.</param>
/// <param name="data">What was asked for.</param>
internal sealed class StepDetails(
    IReadOnlyDictionary<long, StoredEvent> events, IReadOnlyDictionary<string, ProgressRow> progress, PayloadCodecs codecs, ResolveData data)
{
    public WorkflowStep Describe(string runId, StepState step)
    {
        var created = events.GetValueOrDefault(step.Created);
        var latest = step.Latest is { } position ? events.GetValueOrDefault(position) : null;
        var more = created?.Data ?? EventData.Nothing;
        var reported = progress.GetValueOrDefault(step.Id);
        (StructuredError? Error, ReadOnlyMemory<byte>? Payload) failure =
            step.HasError && latest is not null ? StoredError.Decode(codecs, latest.Payload, data) : default;
        return new WorkflowStep
        {
            RunId = runId,
            StepId = step.Id,
            StepName = more.StepName ?? "",
            Mode = more.StepMode,
            Status = step.Status,
            Attempt = step.Attempt,
            Input = data == ResolveData.All ? codecs.Decode(created?.Payload) : null,
            Output = step.Status == StepStatus.Completed && data == ResolveData.All ? codecs.Decode(latest?.Payload) : null,
            Error = failure.Error,
            ErrorPayload = failure.Payload,
            Progress = codecs.Decode(reported?.progress),
            HeartbeatAt = SqlTime.FromColumn(reported?.heartbeat_at),
            RetryAfter = SqlTime.FromColumn(step.RetryAfter),
            CreatedAt = SqlTime.FromColumn(step.CreatedAt),
            StartedAt = SqlTime.FromColumn(step.StartedAt),
            CompletedAt = step.Status is StepStatus.Completed or StepStatus.Failed ? SqlTime.FromColumn(step.LatestAt) : null,
        };
    }
}

/// <summary>A row of <c>step_progress</c>.</summary>
internal sealed class ProgressRow
{
    public required string step_id { get; init; }
    public byte[]? progress { get; init; }
    public long heartbeat_at { get; init; }
}
