namespace TursoWorld.Abstractions;

/// <summary>Keeps what executing steps report.</summary>
internal interface IStepProgress
{
    /// <summary>Writes the latest report of an attempt, in the name of a claim.</summary>
    /// <returns>Whether it was written, and if not, why.</returns>
    /// <exception cref="StorageException">The database refused.</exception>
    Task<TurnOutcome> WriteAsync(ClaimedMessage message, StepReport report, CancellationToken cancellationToken);

    /// <summary>Appends a chunk to a stream of the run, in the name of an attempt.</summary>
    /// <param name="writer">The attempt.</param>
    /// <param name="streamName">The stream.</param>
    /// <param name="chunk">The chunk; null ends the stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it was written, and if not, why.</returns>
    /// <exception cref="ConflictException">The stream is closed.</exception>
    /// <exception cref="InvalidStreamException">The name or the size cannot be stored.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    Task<TurnOutcome> WriteStreamAsync(
        StepWriter writer, string streamName, ReadOnlyMemory<byte>? chunk, CancellationToken cancellationToken);

    /// <summary>What earlier attempts of a step reported last; null when they reported nothing.</summary>
    Task<ReadOnlyMemory<byte>?> FindAsync(long runKey, string stepId, CancellationToken cancellationToken);
}

/// <summary>An attempt that writes, and the claim in whose name it executes.</summary>
internal sealed record StepWriter(ClaimedMessage Message, string RunId);

/// <summary>A sign of life of an attempt.</summary>
/// <param name="StepId">The step.</param>
/// <param name="Attempt">Which attempt; an earlier one than the current changes nothing.</param>
/// <param name="Progress">How far it is; null leaves what was reported before.</param>
internal sealed record StepReport(string StepId, int Attempt, ReadOnlyMemory<byte>? Progress);
