using TursoWorld.Queue;

namespace TursoWorld.Turns;

/// <summary>How long things are kept; null for ever.</summary>
/// <param name="Runs">
/// Runs without a retention of their own, after their end; streams without a run that have been closed for so long, or have got no
/// chunk between two looks as far apart.
/// </param>
/// <param name="DeadMessages">Dead messages, after their death.</param>
internal sealed record RetentionSettings(TimeSpan? Runs, TimeSpan? DeadMessages);

/// <summary>Deletes what has expired, in small units. Any number of processes may do so at once.</summary>
internal sealed class Retention(
    UnfinishedWork unfinished, RunPurge runs, StreamPurge streams, QueuePurge queue, RetentionSettings settings, TimeProvider timeProvider)
{
    /// <summary>Finishes what was cut short by the end of a process.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => unfinished.FinishAsync(cancellationToken);

    /// <returns>What this call deleted.</returns>
    public async Task<MaintenanceReport> PurgeAsync(CancellationToken cancellationToken)
    {
        await ResumeAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        var endedBefore = now - settings.Runs;
        return new MaintenanceReport
        {
            RunsPurged = await runs.PurgeAsync(endedBefore, now, cancellationToken).ConfigureAwait(false),
            StreamsPurged = endedBefore is { } before
                ? await streams.PurgeAsync(before, now, cancellationToken).ConfigureAwait(false)
                : 0,
            DeadMessagesPurged = now - settings.DeadMessages is { } deadBefore
                ? await queue.PurgeDeadAsync(deadBefore, cancellationToken).ConfigureAwait(false)
                : 0,
            IdempotencyKeysPurged = await queue.PurgeKeysAsync(now, cancellationToken).ConfigureAwait(false),
        };
    }
}
