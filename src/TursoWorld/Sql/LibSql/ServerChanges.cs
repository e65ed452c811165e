using System.Diagnostics;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Notices that another process has written: the numbers of the other writers have moved. It may be asked as often as one likes, and
/// asks the server once per interval; less and less often while nobody writes, here or elsewhere, because each question is a request.
/// </summary>
internal sealed class ServerChanges(ServerConnections server, WriterLedger ledger, TimeSpan interval)
{
    // After a hundred intervals of silence the longest is reached.
    private const int LongestInIntervals = 10;
    private const double ShareOfSilence = 0.1;

    // Whoever watches takes care of one as short as that.
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(20);

    private IReadOnlyList<(string Writer, long FlushNo)> _seen = [];
    private long _counter;
    private long _asked = long.MinValue;
    private long _active = Stopwatch.GetTimestamp();
    private volatile bool _hasOthers;
    private bool _hasFailed;

    /// <summary>Whether anybody else writes to the database.</summary>
    public bool HasOthers => _hasOthers;

    /// <summary>Something happens here: others may follow.</summary>
    public void Wake() => Volatile.Write(ref _active, Stopwatch.GetTimestamp());

    /// <returns>A number that has changed when somebody else has written since it was returned last.</returns>
    public async ValueTask<long> ReadAsync(CancellationToken cancellationToken)
    {
        if (!IsDue())
        {
            return _counter;
        }

        _asked = Stopwatch.GetTimestamp();
        _hasFailed = true; // until there is an answer
        var numbers = await ListAsync(cancellationToken).ConfigureAwait(false);
        _hasFailed = false;
        _hasOthers = numbers.Any(static number => number.Writer != WriterLedger.Left);
        if (!numbers.SequenceEqual(_seen))
        {
            _seen = numbers;
            _counter++;
            Wake();
        }

        return _counter;
    }

    private bool IsDue() =>
        _asked == long.MinValue || interval <= LeastInterval || Stopwatch.GetElapsedTime(_asked) >= Pause();

    /// <summary>How long nobody is asked again. A server that does not answer is asked, and complained about, as seldom as a silent one.</summary>
    private TimeSpan Pause()
    {
        var silence = Stopwatch.GetElapsedTime(Volatile.Read(ref _active)) * ShareOfSilence;
        var longest = interval * LongestInIntervals;
        return _hasFailed || silence > longest ? longest : silence > interval ? silence : interval;
    }

    private async Task<IReadOnlyList<(string Writer, long FlushNo)>> ListAsync(CancellationToken cancellationToken)
    {
        var list = new LibSqlStep(WriterSql.ListOthers) { Arguments = [new("writer_id", ledger.WriterId)] };
        var isBusy = Pause() <= interval;
        var results = await server.WatchAsync([list], isBusy, cancellationToken).ConfigureAwait(false);
        return results[0].Error is { } error
            ? throw ServerErrors.ToException(error, server.Name)
            : [.. results[0].Rows.Select(static row => ((string)row[0]!, (long)row[1]!))];
    }
}
