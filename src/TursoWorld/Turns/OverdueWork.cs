using System.Globalization;
using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>Work that has been due for <see cref="Patience"/> and that no process has taken up.</summary>
internal sealed class OverdueWork(ISqlDatabase database, TimeProvider clock)
{
    /// <summary>How long work may be due before somebody is told: longer than a restart.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<OverdueQueue>> ListQueuesAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<QueueRow>(
                OverdueSql.ListQueues, new { now = SqlTime.ToColumn(now), overdue = SqlTime.ToColumn(now - Patience) }),
            cancellationToken).ConfigureAwait(false);
        return rows.ConvertAll(row => new OverdueQueue(row.name, (int)row.version, now - SqlTime.FromColumn(row.since), row.is_held != 0));
    }

    /// <summary>Says of runs that are not over, and say nothing themselves, what they wait for.</summary>
    public async Task<IReadOnlyList<WorkflowRun>> ExplainAsync(IReadOnlyList<WorkflowRun> runs, CancellationToken cancellationToken)
    {
        var overdue = clock.GetUtcNow() - Patience;
        var asked = runs.Where(run => MayWait(run, overdue)).Select(run => run.RunId).ToList();
        if (asked.Count == 0)
        {
            return runs;
        }

        var arguments = new { run_ids = JsonSerializer.Serialize(asked), overdue = SqlTime.ToColumn(overdue) };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<RunRow>(OverdueSql.ListOfRuns, arguments), cancellationToken).ConfigureAwait(false);
        var reasons = rows.ToDictionary(row => row.run_id, Explain, StringComparer.Ordinal);
        return [.. runs.Select(run => reasons.TryGetValue(run.RunId, out var reason) ? run with { BlockedReason = reason } : run)];
    }

    private static bool MayWait(WorkflowRun run, DateTimeOffset overdue) =>
        run is { CompletedAt: null, BlockedReason: null } && run.CreatedAt <= overdue;

    private static string Explain(RunRow row)
    {
        var since = SqlTime.FromColumn(row.since).ToString("u", CultureInfo.InvariantCulture);
        var key = WorkflowKey.Of(row.queue_name, (int)row.workflow_version);
        var (subject, registered) = row switch
        {
            { step_id: { } stepId } => ($"Queued step '{StepKey.Of(row.queue_name, 1)?.Name}' ({stepId})", "this step"),
            { child_run_id: { } child } => ($"Child run '{child}'", Describe(key)),
            _ => ("The run", Describe(key)),
        };
        return row.lane == (long)Lane.Slot
            ? $"{subject} has waited since {since} for a free slot: those of every started process that has registered {registered} are taken "
                + "(WorldOptions.Concurrency)."
            : $"{subject} has been due since {since} and no process has taken it up: none that is started has registered {registered}, or those "
                + "that have are busy. World.CheckHealthAsync and the log of a started world say more.";
    }

    private static string Describe(WorkflowKey? workflow) => $"workflow '{workflow?.Name}' (version {workflow?.Version})";

    private sealed class QueueRow
    {
        public required string name { get; init; }
        public long version { get; init; }
        public long since { get; init; }
        public long is_held { get; init; }
    }

    private sealed class RunRow
    {
        public required string run_id { get; init; }
        public required string queue_name { get; init; }
        public long workflow_version { get; init; }
        public string? step_id { get; init; }
        public long lane { get; init; }
        public string? child_run_id { get; init; }
        public long since { get; init; }
    }
}

/// <summary>A queue with messages that have been due for a while.</summary>
/// <param name="Name">Of the queue.</param>
/// <param name="Version">Of the workflow; 0 for plain messages.</param>
/// <param name="For">How long the longest has been due.</param>
/// <param name="IsHeld">Whether a living worker has others of the same queue: they are worked on, and more are waiting.</param>
internal sealed record OverdueQueue(string Name, int Version, TimeSpan For, bool IsHeld);
