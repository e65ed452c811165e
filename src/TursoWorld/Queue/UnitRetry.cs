using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>What a unit returned that was written in the end.</summary>
/// <param name="Rows">The rows that each statement returned.</param>
/// <param name="WasUnknown">An earlier answer was lost: perhaps it was written before, and hit nothing now.</param>
internal sealed record RetriedUnit(IReadOnlyList<IReadOnlyList<SqlRow>> Rows, bool WasUnknown);

/// <summary>Writes units that may be written twice, for about ten seconds of trying.</summary>
internal sealed class UnitRetry(ISqlDatabase database, TimeProvider timeProvider, WorldDiagnostics diagnostics)
{
    private const int MostAttempts = 8;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <param name="unit">What to write.</param>
    /// <param name="purpose">What the log calls it.</param>
    /// <param name="hurry">Ends the pauses, not the attempts.</param>
    /// <exception cref="StorageException">It could not be written by then.</exception>
    public async Task<RetriedUnit> WriteAsync(Unit unit, string purpose, CancellationToken hurry)
    {
        var wasUnknown = false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await database.WriteAsync(unit, CancellationToken.None).ConfigureAwait(false);
                return new RetriedUnit(result.ThrowUnlessCommitted().Rows, wasUnknown);
            }
            catch (StorageException exception) when (attempt < MostAttempts)
            {
                wasUnknown |= exception.Code == ErrorCodes.OutcomeUnknown;
                diagnostics.LoopFailed(purpose, exception);
                var pause = FirstPause * Math.Pow(2, attempt - 1);
                await Task.Delay(pause < LongestPause ? pause : LongestPause, timeProvider, hurry)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
