using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>The steps of runs: where they stand according to their logs, with the payloads that these have.</summary>
internal sealed class StepStore(ISqlDatabase database, RunStore runs, RunStates states, EventStore events, PayloadCodecs codecs) : IStepStore
{
    public async Task<WorkflowStep> GetAsync(
        string runId, string stepId, ResolveData data, CancellationToken cancellationToken)
    {
        var (run, step) = await FindAsync(runId, stepId, cancellationToken).ConfigureAwait(false);
        return await DescribeAsync(runId, run, step, data, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<StepAttempt>> ListAttemptsAsync(
        string runId, string stepId, CancellationToken cancellationToken)
    {
        var (run, step) = await FindAsync(runId, stepId, cancellationToken).ConfigureAwait(false);
        var endedAt = await states.ReadAsync(run, state => state.EndedAt, cancellationToken).ConfigureAwait(false);
        var isEnded = step.Status is StepStatus.Completed or StepStatus.Failed;
        var arguments = new { run_key = run.Key, first = step.Created, last = (isEnded ? step.Latest : null) ?? long.MaxValue, step_id = stepId };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<StoredEvent>(EventSql.ListAttempts, arguments), cancellationToken).ConfigureAwait(false);
        var history = new AttemptHistory(run.IsForeign);
        rows.ForEach(row => history.Add(row.ToEvent(codecs)));
        if (step.Status == StepStatus.Cancelled)
        {
            history.Cancel(SqlTime.FromColumn(endedAt));
        }

        return history.Attempts;
    }

    public async Task<Page<WorkflowStep>> ListAsync(string runId, PageRequest? page, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        var keyset = Keyset.Of(PagedList.Steps, page);
        var after = keyset.After; // a bad cursor before anything is read
        if (await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return keyset.ToPage(new List<StepState>(), step => step.Created, step => default(WorkflowStep)!);
        }

        var steps = await states.ReadAsync(run, state => state.Steps.ReadPage(keyset, after), cancellationToken).ConfigureAwait(false);
        var known = await LoadAsync(run, steps, keyset.Page.Data, cancellationToken).ConfigureAwait(false);
        return keyset.ToPage(steps, step => step.Created, step => known.Describe(runId, step));
    }

    /// <summary>A step as it was at some moment.</summary>
    public async Task<WorkflowStep> DescribeAsync(
        string runId, LoggedRun run, StepState step, ResolveData data, CancellationToken cancellationToken) =>
        (await LoadAsync(run, [step], data, cancellationToken).ConfigureAwait(false)).Describe(runId, step);

    private async Task<(LoggedRun Run, StepState Step)> FindAsync(string runId, string stepId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentException.ThrowIfNullOrEmpty(stepId);
        var run = await runs.FindLoggedAsync(runId, cancellationToken).ConfigureAwait(false);
        var step = run is { } logged
            ? await states.ReadAsync(logged, state => state.Steps.Find(stepId), cancellationToken).ConfigureAwait(false)
            : null;
        return step is null ? throw NotFoundException.Step(runId, stepId) : (run!.Value, step); // the step is one of the run's
    }

    private async Task<StepDetails> LoadAsync(
        LoggedRun run, IReadOnlyList<StepState> steps, ResolveData data, CancellationToken cancellationToken)
    {
        var withData = data == ResolveData.All;
        var wanted = steps.Select(step => (step.Created, withData)).Concat(
            from step in steps
            where step.Latest is not null && (step.HasError || (withData && step.Status == StepStatus.Completed))
            select (step.Latest!.Value, true)); // the condition says so
        var logged = await events.LoadAtAsync(run.Key, wanted, cancellationToken).ConfigureAwait(false);
        IReadOnlyCollection<string> mayReport = [.. steps.Where(step => step.Status != StepStatus.Completed).Select(step => step.Id)];
        var arguments = new
        {
            run_key = run.Key,
            step_ids = JsonSerializer.Serialize(mayReport, StorageJson.Default.IReadOnlyCollectionString),
            with_data = withData,
        };
        var progress = mayReport.Count == 0 ? [] : await database.ReadAsync(
            reader => reader.QueryAsync<ProgressRow>(ProgressSql.List, arguments), cancellationToken).ConfigureAwait(false);
        return new StepDetails(logged, progress.ToDictionary(row => row.step_id), codecs, data);
    }
}
