using TursoWorld.Diagnostics;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Writes a flush as one conditional batch: one round trip, and nothing stays open on the server. A flush is sent again only when
/// it is known not to have taken effect.
/// </summary>
internal sealed class LibSqlTransport(ServerConnections server, WriterLedger ledger, WorldDiagnostics diagnostics) : IUnitTransport
{
    // One loop writes at a time, so nobody else uses it meanwhile.
    private readonly Random _random = new();

    /// <summary>Told after every flush that was committed.</summary>
    public event Action? Committed;

    /// <remarks>Nobody waits for a lock here, and what cannot be sent is reported to all who wait.</remarks>
    public bool HasWaitedInVain(long askedAt) => true;

    public bool TryBegin() => ledger.IsReady;

    /// <remarks>The right to write is asked for with the flush itself. Here, an earlier one is settled whose answer was lost.</remarks>
    public async ValueTask<UnitResult?> BeginAsync(long askedAt, CancellationToken stopping) =>
        ledger.IsReady ? null : await PrepareAsync(NewPatience(), stopping).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<UnitResult>?> ExecuteAsync(IReadOnlyList<Unit> units, CancellationToken stopping)
    {
        var items = units.Select(unit => new FlushItem(unit)).ToArray();
        await WriteAllAsync(FlushSizes.Cut(items), stopping).ConfigureAwait(false);
        return Array.ConvertAll(items, item => item.Result!); // each has one now
    }

    /// <remarks>No transaction outlives its batch. A flush that something unforeseen has left open is settled before the next.</remarks>
    public void Rollback()
    {
    }

    /// <summary>Finds out what became of a transaction whose commit was not answered.</summary>
    public Task<Settlement> SettleAsync(CancellationToken stopping) => ledger.SettleAsync(NewPatience(), stopping);

    /// <summary>Tells those who watch that something was committed here.</summary>
    public void SignalCommitted() => Committed?.Invoke();

    public async ValueTask DisposeAsync()
    {
        await ledger.LeaveAsync().ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
    }

    /// <returns>Null when every unit has a result of its own; otherwise what kept some of them from being sent.</returns>
    private async Task<UnitResult?> WriteAllAsync(IEnumerable<Flush> flushes, CancellationToken stopping)
    {
        UnitResult? obstacle = null;
        foreach (var flush in flushes)
        {
            // Those who stand behind a flush that has waited in vain do not wait again.
            obstacle = obstacle is null ? await WriteAsync(flush, stopping).ConfigureAwait(false) : Fail(flush, obstacle);
        }

        return obstacle;
    }

    /// <summary>Writes one flush, however often it has to be sent.</summary>
    /// <inheritdoc cref="WriteAllAsync" path="/returns" />
    private async Task<UnitResult?> WriteAsync(Flush flush, CancellationToken stopping)
    {
        var patience = NewPatience();
        while (true)
        {
            if (!ledger.IsReady && await PrepareAsync(patience, stopping).ConfigureAwait(false) is { } obstacle)
            {
                return Fail(flush, obstacle);
            }

            SendFailure? failure = null;
            switch (await SendAsync(flush, patience, stopping).ConfigureAwait(false))
            {
                case FlushEnd.Done:
                    return null;
                case FlushEnd.Abandoned abandoned:
                    return abandoned.Obstacle;
                case FlushEnd.Undone:
                    return await WriteAllAsync(flush.Divide(1), stopping).ConfigureAwait(false);
                case FlushEnd.Refused refused:
                    return await WriteRefusedAsync(flush, refused.Failure, stopping).ConfigureAwait(false);
                case FlushEnd.Otherwise otherwise:
                    flush.Form = otherwise.Form;
                    continue;
                case FlushEnd.Again again:
                    failure = again.Failure;
                    break;
            }

            if (!await patience.PauseAsync(failure?.RetryAfter, stopping).ConfigureAwait(false))
            {
                return Fail(flush, await ExplainAsync(failure, patience, stopping).ConfigureAwait(false));
            }
        }
    }

    /// <summary>Sends a flush once, and finds out what became of it.</summary>
    private async Task<FlushEnd> SendAsync(Flush flush, Patience patience, CancellationToken stopping)
    {
        var batch = new FlushBatch(flush.Items, ledger.Next, flush.Form);
        var asked = ledger.OwnUtcNow;
        ledger.Open();
        var sent = await server.WriteAsync(batch.Steps).ConfigureAwait(false);
        var end = sent.Failure is { } failure ? FlushEnd.Of(failure) : batch.Read(sent.Results!, server.Name); // one of the two is there
        if (end is FlushEnd.Unclear unclear)
        {
            return await ResolveAsync(flush, unclear.Failure, patience, stopping).ConfigureAwait(false);
        }

        var isCommitted = end is FlushEnd.Done { IsCommitted: true };
        ledger.Close(isUsed: isCommitted);
        if (isCommitted)
        {
            ledger.Observe(asked, ((FlushEnd.Done)end).ServerTime);
            SignalCommitted();
        }

        if (end is FlushEnd.NumberTaken)
        {
            ledger.Renew();
            return new FlushEnd.Again();
        }

        return end;
    }

    private async Task<FlushEnd> ResolveAsync(Flush flush, SendFailure failure, Patience patience, CancellationToken stopping)
    {
        var unknown = ServerErrors.OutcomeUnknown(server.Name, failure.Exception);
        var settlement = ledger.IsOpen
            ? await ledger.SettleAsync(patience, stopping).ConfigureAwait(false)
            : new Settlement.Forgotten(); // without numbers
        switch (settlement)
        {
            case Settlement.Applied applied:
                flush.Restore(applied.Refused, unknown);
                SignalCommitted();
                return flush.Items.Count == 0 ? new FlushEnd.Done() : new FlushEnd.Again();
            case Settlement.NotApplied:
                return failure.IsTooLarge ? new FlushEnd.Refused(failure) : new FlushEnd.Again(failure);
            case Settlement.Forgotten:
                flush.Fail(unknown);
                return new FlushEnd.Done();
            default:
                flush.Fail(unknown);
                return new FlushEnd.Abandoned(await ExplainAsync(((Settlement.Open)settlement).Failure, patience, stopping).ConfigureAwait(false));
        }
    }

    /// <summary>
    /// What is refused for good is often so because of one unit, which spoils the request for all, or because there are too many of
    /// them. Alone, it gets its error.
    /// </summary>
    private async Task<UnitResult?> WriteRefusedAsync(Flush flush, SendFailure failure, CancellationToken stopping)
    {
        var count = flush.Items.Count;
        var refusal = ServerErrors.ToResult(failure.Exception!, server.Name); // a time-out is transient
        if (refusal.Error is SqlErrorKind.CannotOpen or SqlErrorKind.ReadOnly)
        {
            return Fail(flush, refusal);
        }

        if (count == 1)
        {
            flush.Fail(refusal);
            return null; // others may do better
        }

        return await WriteAllAsync(flush.Divide(failure.IsTooLarge ? (count + 1) / 2 : 1), stopping).ConfigureAwait(false);
    }

    /// <summary>Settles what is open, and makes the row of this writer if it is missing.</summary>
    /// <returns>Null when the next flush can be sent; otherwise why it cannot be.</returns>
    private async Task<UnitResult?> PrepareAsync(Patience patience, CancellationToken stopping)
    {
        if (ledger.IsOpen
            && await ledger.SettleAsync(patience, stopping).ConfigureAwait(false) is Settlement.Open open)
        {
            return await ExplainAsync(open.Failure, patience, stopping).ConfigureAwait(false);
        }

        while (!ledger.IsRegistered && await ledger.RegisterAsync().ConfigureAwait(false) is { } failure)
        {
            if (!failure.IsTransient && !failure.IsLost)
            {
                return ServerErrors.ToResult(failure.Exception!, server.Name); // a time-out is transient
            }

            if (!await patience.PauseAsync(failure.RetryAfter, stopping).ConfigureAwait(false))
            {
                return await ExplainAsync(failure, patience, stopping).ConfigureAwait(false);
            }
        }

        return null;
    }

    /// <summary>Why a unit cannot be written that has not been sent, or was not executed.</summary>
    private async Task<UnitResult> ExplainAsync(SendFailure? failure, Patience patience, CancellationToken stopping)
    {
        if (failure is { IsTimeout: true } && !stopping.IsCancellationRequested && await server.CanReadAsync().ConfigureAwait(false))
        {
            diagnostics.DatabaseStalled(server.Name, patience.Elapsed);
            return ServerErrors.Stalled(server.Name, patience.Elapsed);
        }

        diagnostics.DatabaseUnreachable(server.Name, patience.Elapsed, failure?.Exception);
        return failure is { IsLost: false, Exception: { } exception }
            ? ServerErrors.ToResult(exception, server.Name)
            : ServerErrors.NoAnswer(server.Name, patience.Elapsed, failure?.Exception);
    }

    private Patience NewPatience() => new(server.Limits.Bound, _random);

    private static UnitResult Fail(Flush flush, UnitResult result)
    {
        flush.Fail(result);
        return result;
    }
}
