using System.Diagnostics;
using System.Globalization;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// The row of this writer on the server, which lets each flush through once. A flush whose answer was lost stays open until its
/// number has been used up against it, or its row says what it did: no copy of it can come late.
/// </summary>
internal sealed class WriterLedger(ServerConnections server, string writerName, ServerClock? clock)
{
    /// <summary>The row of all who have left.</summary>
    public const string Left = "left";

    // Nobody is silent for so long and still has a flush on its way.
    private static readonly TimeSpan Silence = TimeSpan.FromDays(1);

    // A tenth of a small statement; between two looks, clocks that go by themselves do not part by more than microseconds.
    private static readonly TimeSpan TimeInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LargestStep = TimeSpan.FromMilliseconds(10);

    private int _generation;
    private Task? _firstLook;
    private long _toldAt; // by the monotonic clock
    private DateTimeOffset _ownWhenTold;
    private long _flushNo;
    private bool _isRegistered;
    private bool _hasTable;
    private bool _isOpen;

    /// <summary>Whether a flush can be sent at once.</summary>
    public bool IsReady => _isRegistered && !_isOpen;

    public bool IsRegistered => _isRegistered;

    /// <summary>Whether a flush was sent whose end is not known.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>What the own clock says, to be kept until an answer tells what the server's says; null when it is not asked.</summary>
    public DateTimeOffset? OwnUtcNow => clock?.GetOwnUtcNow();

    public string WriterId => $"{writerName}:{_generation}";

    /// <summary>The number of the next flush; null while the database has no table of numbers: what makes it may be written twice.</summary>
    public FlushClaim? Next => _hasTable
        ? new FlushClaim(WriterId, _flushNo + 1) { AsksForTime = IsTimeOld }
        : null;

    /// <summary>A flush with the next number is about to be sent.</summary>
    public void Open() => _isOpen = _hasTable;

    /// <summary>The flush was answered.</summary>
    /// <param name="isUsed">Whether it was committed, and with it the number.</param>
    public void Close(bool isUsed)
    {
        _isOpen = false;
        _flushNo += isUsed && _hasTable ? 1 : 0;
    }

    /// <summary>Goes on under another name: the server has lost the row, or has gone back to an older one.</summary>
    public void Renew()
    {
        _generation++;
        _flushNo = 0;
        _isRegistered = false;
        _isOpen = false;
    }

    /// <summary>Makes the row.</summary>
    /// <returns>Null when it is there, or the database has no tables yet; otherwise what is wrong.</returns>
    public async Task<SendFailure?> RegisterAsync()
    {
        var sent = await server.SendAsync(
        [
            new LibSqlStep(WriterSql.Register) { Arguments = [new("writer_id", WriterId)] },
            new LibSqlStep(WriterSql.DeleteSilent) { Arguments = [new("silent_ms", (long)Silence.TotalMilliseconds)] },
        ]).ConfigureAwait(false);
        if (sent.Results is not [var registered, _])
        {
            return sent.Failure;
        }

        _hasTable = registered.Succeeded;
        _isRegistered = registered.Succeeded;
        return registered.Error is { } error && !IsWithoutTable(error) ? SendFailure.Of(error) : null;
    }

    /// <summary>Finds out what became of the flush that is open, and makes sure that it stays so.</summary>
    public async Task<Settlement> SettleAsync(Patience patience, CancellationToken stopping)
    {
        while (true)
        {
            var sent = await server.WriteAsync(Against(new FlushClaim(WriterId, _flushNo + 1))).ConfigureAwait(false);
            if (sent.Results is { } results && Read(results) is { } settlement)
            {
                Close(settlement);
                return settlement;
            }

            if (!await patience.PauseAsync(sent.Failure?.RetryAfter, stopping).ConfigureAwait(false))
            {
                return new Settlement.Open(sent.Failure);
            }
        }
    }

    /// <summary>Takes note of the time that the server has told between now and a question of the past.</summary>
    public void Observe(DateTimeOffset? asked, DateTimeOffset? told)
    {
        if (told is not { } instant)
        {
            return;
        }

        _toldAt = Stopwatch.GetTimestamp();
        _ownWhenTold = OwnUtcNow ?? default;
        if (clock is not null && asked is { } then)
        {
            clock.Observe(then, clock.GetOwnUtcNow(), instant);
        }
    }

    /// <summary>
    /// Removes the row, and counts that in the row of all who have left: what was written last shows also to those who look later.
    /// A copy of a flush that comes after it finds no number that it could follow.
    /// </summary>
    public async Task LeaveAsync()
    {
        if (!IsReady)
        {
            return;
        }

        await server.SendAsync(
        [
            new LibSqlStep(ServerStatements.Begin),
            new LibSqlStep(WriterSql.Delete)
            {
                Condition = LibSqlCondition.Succeeded(0),
                Arguments = [new("writer_id", WriterId)],
            },
            new LibSqlStep(WriterSql.CountLeaving) { Condition = LibSqlCondition.Succeeded(1) },
            new LibSqlStep(ServerStatements.Commit) { Condition = LibSqlCondition.Succeeded(2) },
            new LibSqlStep(ServerStatements.Rollback) { Condition = LibSqlCondition.InTransaction },
        ]).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads the server's clock, the first time: whatever comes first is a question, and what is decided by its answer is decided by the
    /// time of the server. Without an answer, the next flush reads it.
    /// </summary>
    public Task MeasureClockAsync() => _firstLook ??= LookAsync();

    // An own clock that is set, or that has slept, is noticed by the one that only counts.
    private bool IsTimeOld
    {
        get
        {
            var elapsed = Stopwatch.GetElapsedTime(_toldAt);
            return elapsed > TimeInterval || (OwnUtcNow is { } now && (now - _ownWhenTold - elapsed).Duration() > LargestStep);
        }
    }

    private async Task LookAsync()
    {
        if (OwnUtcNow is { } asked
            && (await server.SendAsync([new LibSqlStep(WriterSql.Now)]).ConfigureAwait(false)).Results is [{ Rows: [[long milliseconds]] }])
        {
            Observe(asked, SqlTime.FromColumn(milliseconds));
        }
    }

    private static IReadOnlyList<LibSqlStep> Against(FlushClaim claim) =>
    [
        new LibSqlStep(ServerStatements.Begin),
        claim.ToStep(LibSqlCondition.Succeeded(0), FlushClaim.Nothing),
        new LibSqlStep(ServerStatements.Commit) { Condition = LibSqlCondition.InTransaction },
        new LibSqlStep(ServerStatements.Rollback) { Condition = LibSqlCondition.InTransaction },
        new LibSqlStep(WriterSql.Find) { Arguments = [new("writer_id", claim.WriterId)] },
    ];

    /// <returns>Null when the question has to be asked again.</returns>
    private Settlement? Read(IReadOnlyList<LibSqlStepResult> results)
    {
        if (results[2].Succeeded)
        {
            return new Settlement.NotApplied();
        }

        if (results[1].Error is null or { IsTransient: true } || !results[4].Succeeded)
        {
            return null;
        }

        return results[4].Rows switch
        {
            [[long number, string refused]] when number == _flushNo + 1 => refused.StartsWith(FlushClaim.Nothing, StringComparison.Ordinal)
                ? new Settlement.NotApplied() // by an earlier question, whose answer was lost
                : new Settlement.Applied(ToIndexes(refused)),
            [[long number, _]] when number == _flushNo => null, // neither copy has it: the question failed for a reason of its own
            _ => new Settlement.Forgotten(),
        };
    }

    private void Close(Settlement settlement)
    {
        if (settlement is Settlement.Forgotten)
        {
            Renew();
        }
        else
        {
            Close(isUsed: true);
        }
    }

    private static HashSet<int> ToIndexes(string refused) =>
        [.. refused.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];

    // No code says so.
    private static bool IsWithoutTable(LibSqlException error) =>
        error.ServerMessage.Contains("no such table", StringComparison.OrdinalIgnoreCase);
}
