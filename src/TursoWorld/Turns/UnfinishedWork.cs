namespace TursoWorld.Turns;

/// <summary>What one unit has begun and others finish, by notes in the database: whoever looks goes on where a dead process stopped.</summary>
internal sealed class UnfinishedWork(DeletionSweep deletions, Cascade cascade)
{
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await cascade.SweepAllAsync(cancellationToken).ConfigureAwait(false);
        await deletions.SweepAllAsync(cancellationToken).ConfigureAwait(false);
    }
}
