using Dapper;
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
            connection => connection.QuerySingleOrDefault<StepRow>(StepSql.Get, arguments), cancellationToken).ConfigureAwait(false);
        return row?.ToStep(runId, codecs) ?? throw NotFoundException.Step(runId, stepId);
    }

    public async Task<Page<WorkflowStep>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of('s', page);
        var arguments = new { run_id = runId, after = keyset.After, with_data = keyset.WithData, limit = keyset.Limit };
        var text = keyset.IsDescending ? StepSql.ListBackwards : StepSql.List;
        var rows = await database.ReadAsync(
            connection => connection.Query<StepRow>(text, arguments).AsList(), cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(rows, row => row.created_position, row => row.ToStep(runId, codecs));
    }
}
