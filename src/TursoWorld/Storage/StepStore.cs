using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Sql;

namespace TursoWorld.Storage;

/// <summary>The steps of runs: where they stand according to their logs, with the payloads that these have.</summary>
internal sealed class StepStore(ISqlDatabase database, RunStore runs, RunStates states, EventStore logs, PayloadCodecs codecs) : IStepStore
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
        var last = (step.Status is StepStatus.Completed or StepStatus.Failed ? step.Latest : null) ?? long.MaxValue;
        var history = new AttemptHistory(run.IsForeign);
        var position = step.Created - 1;
        for (var hasMore = true; hasMore && position < last;)
        {
            (var events, hasMore) = await logs.LoadStoredAsync(run.Key, position, cancellationToken).ConfigureAwait(false);
            position = events is [.., var latest] ? latest.Position : position;
            foreach (var stored in events.Where(stored => stored.Id == stepId && stored.Position <= last && IsOfStep(stored)))
            {
                history.Add(EventCodec.Read(HasError(stored) ? stored : stored with { Payload = null }, codecs));
            }
        }

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

    /// <summary>A key of the state may have the same text.</summary>
    private static bool IsOfStep(StoredEvent stored) => stored.Type.StartsWith("step_", StringComparison.Ordinal);

    private static bool HasError(StoredEvent stored) => stored.Type is "step_failed" or "step_retrying";

    private async Task<StepDetails> LoadAsync(
        LoggedRun run, IReadOnlyList<StepState> steps, ResolveData data, CancellationToken cancellationToken)
    {
        var withData = data == ResolveData.All;
        IReadOnlyCollection<long> created = [.. steps.Select(step => step.Created)];
        IReadOnlyCollection<long> ended =
        [
            .. from step in steps
               where step.Latest is not null && (step.HasError || (withData && step.Status == StepStatus.Completed))
               select step.Latest!.Value, // the condition says so
        ];
        var logged = (await logs.LoadAtAsync(run.Key, created, data, cancellationToken).ConfigureAwait(false)).ToDictionary();
        if (ended.Count > 0)
        {
            foreach (var (position, stored) in await logs.LoadAtAsync(run.Key, ended, ResolveData.All, cancellationToken).ConfigureAwait(false))
            {
                logged[position] = stored; // errors are told without data as well
            }
        }

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
