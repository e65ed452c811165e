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
    public string? first_data { get; init; }
    public byte[]? input { get; init; }
    public string? last_data { get; init; }
    public byte[]? ending { get; init; }
    public string? parent_run_id { get; init; }

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
        first_data = row.TextOrNull(11),
        input = row.BytesOrNull(12),
        last_data = row.TextOrNull(13),
        ending = row.BytesOrNull(14),
        parent_run_id = row.TextOrNull(15),
    };

    /// <param name="codecs">What its payloads went through.</param>
    /// <param name="data">What was asked for.</param>
    public WorkflowRun ToRun(PayloadCodecs codecs, ResolveData data)
    {
        var runStatus = StatusText.ToRunStatus(status);
        var first = StoredEvent.ReadData(first_data);
        var last = StoredEvent.ReadData(last_data);
        (StructuredError? Error, ReadOnlyMemory<byte>? Payload) failure = runStatus == RunStatus.Failed
            ? StoredError.Decode(codecs, ending, data, last.ErrorCode)
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
            Input = codecs.Decode(input),
            Output = runStatus == RunStatus.Completed ? codecs.Decode(ending) : null,
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
