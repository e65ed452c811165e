namespace TursoWorld.Sql;

/// <summary>How the units of one flush reach a database.</summary>
internal interface IUnitTransport : IAsyncDisposable
{
    /// <summary>Gets the right to write if it is to be had at once, on the caller's thread.</summary>
    /// <returns>True when a transaction is open; false when nothing was changed, and <see cref="BeginAsync"/> knows why.</returns>
    bool TryBegin();

    /// <summary>Gets the right to write; tries at least once, and for as long as somebody who asked then has not waited in vain.</summary>
    /// <param name="askedAt">A timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Null when a transaction is open; otherwise why none can be opened, in which case nothing was changed.</returns>
    ValueTask<UnitResult?> BeginAsync(long askedAt, CancellationToken stopping);

    /// <summary>Whether somebody who asked then has waited for a lock as long as anybody waits for one.</summary>
    bool HasWaitedInVain(long askedAt);

    /// <summary>Writes the units, each for itself, and commits.</summary>
    /// <param name="units">The units of the flush.</param>
    /// <param name="stopping">Ends the waiting for a right that has to be asked for again.</param>
    /// <returns>
    /// The outcome of each unit; null when the transaction was lost on the way, in which case nothing of any unit was
    /// written. A unit that is alone gets the error instead.
    /// </returns>
    ValueTask<IReadOnlyList<UnitResult>?> ExecuteAsync(IReadOnlyList<Unit> units, CancellationToken stopping);

    /// <summary>Undoes a transaction that something unforeseen has left open; does nothing when there is none.</summary>
    void Rollback();
}
