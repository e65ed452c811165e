namespace TursoWorld.Abstractions;

/// <summary>Keeps what executing steps report.</summary>
internal interface IStepProgress
{
    /// <summary>Writes the latest report of an attempt, in the name of a claim.</summary>
    /// <returns>Whether it was written, and if not, why.</returns>
    /// <exception cref="StorageException">The database refused.</exception>
    Task<TurnOutcome> WriteAsync(ClaimedMessage message, StepReport report, CancellationToken cancellationToken);

    /// <summary>What earlier attempts of a step reported last; null when they reported nothing.</summary>
    Task<ReadOnlyMemory<byte>?> FindAsync(long runKey, string stepId, CancellationToken cancellationToken);
}

/// <summary>A sign of life of an attempt.</summary>
/// <param name="StepId">The step.</param>
/// <param name="Attempt">Which attempt; an earlier one than the current changes nothing.</param>
/// <param name="Progress">How far it is; null leaves what was reported before.</param>
internal sealed record StepReport(string StepId, int Attempt, ReadOnlyMemory<byte>? Progress);
