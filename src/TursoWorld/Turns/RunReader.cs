using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>Reads what the runtime needs.</summary>
internal sealed class RunReader(ISqlDatabase database, EventStore events, RunStore runs) : IRunReader
{
    public async Task<ClaimedRun?> FindAsync(long runKey, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<IdentityRow>(RunSql.GetByKey, new { run_key = runKey }),
            cancellationToken).ConfigureAwait(false);
        if (row is null)
        {
            return null;
        }

        var workflow = new WorkflowKey(row.workflow_name, (int)row.workflow_version);
        return new ClaimedRun(
            new RunIdentity(row.run_id, workflow, row.seed) { IsChild = row.parent_run_id is not null }, row.blocked_reason);
    }

    public async Task<LogTail> LoadAsync(ClaimedMessage message, long after, CancellationToken cancellationToken)
    {
        // Wake-ups before events: one that comes in between is seen again, and none is counted without its event.
        var wakes = await database.ReadAsync(
            reader => reader.QuerySingleOrDefaultAsync<long?>(
                QueueSql.Wakes, new { message_key = message.MessageKey }),
            cancellationToken).ConfigureAwait(false);
        return new LogTail(wakes, await LoadOnAsync(message, after, cancellationToken).ConfigureAwait(false));
    }

    public Task<LogPiece> LoadOnAsync(ClaimedMessage message, long after, CancellationToken cancellationToken) =>
        events.LoadAsync(message.RunKey, after, cancellationToken);

    public async Task<RunOutcome?> FindOutcomeAsync(string runId, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(runId, cancellationToken).ConfigureAwait(false);
        return run.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled ? RunOutcome.Of(run) : null;
    }

    public async Task<IReadOnlyList<string>> ListEndedAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            reader => reader.QueryAsync<string>(RunSql.ListEnded, new { run_ids = ToJson(runIds) }),
            cancellationToken).ConfigureAwait(false);

    private static string ToJson(IReadOnlyCollection<string> runIds) =>
        $"[{string.Join(',', runIds.Select(runId => $"\"{JsonEncodedText.Encode(runId)}\""))}]";

    private sealed class IdentityRow
    {
        public required string run_id { get; init; }
        public required string workflow_name { get; init; }
        public long workflow_version { get; init; }
        public required byte[] seed { get; init; }
        public string? blocked_reason { get; init; }
        public string? parent_run_id { get; init; }
    }
}
