using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>A row of <c>workflow_runs</c>, with the first event of its log and the one that ended it.</summary>
internal sealed class RunRow
{
    public long run_key { get; init; }
    public required string run_id { get; init; }
    public required string workflow_name { get; init; }
    public long workflow_version { get; init; }
    public required string status { get; init; }
    public long? spec_version { get; init; }
    public string? attributes { get; init; }
    public string? blocked_reason { get; init; }
    public long created_at { get; init; }
    public long? started_at { get; init; }
    public long? completed_at { get; init; }
    public long? ended_position { get; init; }
    public string? parent_run_id { get; init; }
    public long first_at { get; init; }
    public byte[] first_events { get; init; } = [];
    public byte[]? first_payloads { get; init; }
    public long? last_first { get; init; }
    public byte[]? last_events { get; init; }
    public byte[]? last_payloads { get; init; }

    /// <summary>A row that a unit returned.</summary>
    public static RunRow From(SqlRow row) => new()
    {
        run_key = row.Integer(0),
        run_id = row.Text(1),
        workflow_name = row.Text(2),
        workflow_version = row.Integer(3),
        status = row.Text(4),
        spec_version = row.IntegerOrNull(5),
        attributes = row.TextOrNull(6),
        blocked_reason = row.TextOrNull(7),
        created_at = row.Integer(8),
        started_at = row.IntegerOrNull(9),
        completed_at = row.IntegerOrNull(10),
        ended_position = row.IntegerOrNull(11),
        parent_run_id = row.TextOrNull(12),
        first_at = row.Integer(13),
        first_events = row.BytesOrNull(14) ?? [],
        first_payloads = row.BytesOrNull(15),
        last_first = row.IntegerOrNull(16),
        last_events = row.BytesOrNull(17),
        last_payloads = row.BytesOrNull(18),
    };

    /// <param name="codecs">What its payloads went through.</param>
    /// <param name="data">What was asked for.</param>
    public WorkflowRun ToRun(PayloadCodecs codecs, ResolveData data)
    {
        var runStatus = StatusText.ToRunStatus(status);
        var withData = data == ResolveData.All;
        var isBare = withData ? 0 : 1;
        var created = new LogRow { first = 1, created_at = first_at, events = first_events, payloads = first_payloads, is_bare = isBare }.Find(1);
        var ended = ended_position is { } position && last_first is { } place
            ? new LogRow { first = place, events = last_events ?? [], payloads = last_payloads, is_bare = runStatus == RunStatus.Failed ? 0 : isBare }
                .Find(position)
            : null;
        var (first, last) = (created?.Data ?? EventData.Nothing, ended?.Data ?? EventData.Nothing);
        (StructuredError? Error, ReadOnlyMemory<byte>? Payload) failure = runStatus == RunStatus.Failed
            ? StoredError.Decode(codecs, ended?.Payload, data, last.ErrorCode)
            : default;
        return new WorkflowRun
        {
            RunId = run_id,
            WorkflowName = workflow_name,
            WorkflowVersion = (int)workflow_version,
            Status = runStatus,
            SpecVersion = (int?)spec_version,
            DeploymentId = first.DeploymentId,
            ExecutionContext = first.ExecutionContext,
            Attributes = AttributeText.Read(attributes),
            ParentRunId = parent_run_id,
            RootRunId = first.Attributes?.GetValueOrDefault("$rootRunId"),
            ContinuedFromRunId = first.ContinuedFromRunId,
            ContinuedToRunId = last.ContinuedToRunId,
            Input = withData ? codecs.Decode(created?.Payload) : null,
            Output = runStatus == RunStatus.Completed && withData ? codecs.Decode(ended?.Payload) : null,
            Error = failure.Error,
            ErrorCode = runStatus == RunStatus.Cancelled ? last.ErrorCode ?? ErrorCodes.RunCancelled : failure.Error?.Code,
            CancelReason = runStatus == RunStatus.Cancelled ? last.CancelReason : null,
            ErrorPayload = failure.Payload,
            BlockedReason = blocked_reason,
            CreatedAt = SqlTime.FromColumn(created_at),
            StartedAt = SqlTime.FromColumn(started_at),
            CompletedAt = SqlTime.FromColumn(completed_at),
        };
    }
}
