using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>Reads <c>workflow_steps</c>.</summary>
internal sealed class StepStore(ISqlDatabase database, PayloadCodecs codecs) : IStepStore
{
    public async Task<WorkflowStep> GetAsync(
        string runId, string stepId, ResolveData data, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(stepId);
        var arguments = new { run_id = runId, step_id = stepId, with_data = data == ResolveData.All };
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<StepRow>(StepSql.Get, arguments), cancellationToken).ConfigureAwait(false);
        return row?.ToStep(runId, codecs, data) ?? throw NotFoundException.Step(runId, stepId);
    }

    public async Task<IReadOnlyList<StepAttempt>> ListAttemptsAsync(
        string runId, string stepId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(stepId);
        return await database.ReadAsync(reader => ReadAttemptsAsync(reader, runId, stepId), cancellationToken)
            .ConfigureAwait(false);
    }

    public async Task<Page<WorkflowStep>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.Steps, page);
        var arguments = new { run_id = runId, after = keyset.After, with_data = keyset.WithData, limit = keyset.Limit };
        var text = keyset.IsDescending ? StepSql.ListBackwards : StepSql.List;
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StepRow>(text, arguments), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.created_position, row => row.ToStep(runId, codecs, keyset.Page.Data));
    }

    private async Task<IReadOnlyList<StepAttempt>> ReadAttemptsAsync(SqlReader reader, string runId, string stepId)
    {
        var range = await reader.QuerySingleOrDefaultAsync<RangeRow>(
            StepSql.GetAttemptRange, new { run_id = runId, step_id = stepId }).ConfigureAwait(false)
            ?? throw NotFoundException.Step(runId, stepId);
        var arguments = new
        {
            range.run_key,
            first = range.created_position,
            last = range.ended_position ?? long.MaxValue,
            step_id = stepId,
        };
        var history = new AttemptHistory(isForeign: range.spec_version is not null);
        foreach (var row in await reader.QueryAsync<StoredEvent>(EventSql.ListAttempts, arguments).ConfigureAwait(false))
        {
            history.Add(row.ToEvent(codecs));
        }

        if (range.status == "cancelled")
        {
            history.Cancel(SqlTime.FromColumn(range.completed_at));
        }

        return history.Attempts;
    }

    private sealed class RangeRow
    {
        public long run_key { get; init; }
        public long created_position { get; init; }
        public required string status { get; init; }
        public long? spec_version { get; init; }
        public long? completed_at { get; init; }
        public long? ended_position { get; init; }
    }
}
