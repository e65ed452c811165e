namespace TursoWorld.Benchmarks.Scenarios;

/// <summary>What a step leaves in the file and sends through the log; the load is that of P2, not timed.</summary>
internal sealed class P14Bytes : IScenario
{
    private const int StepsEach = 10;

    public string Id => "P14";

    public async Task<IReadOnlyList<Measurement>> RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        var burst = new Burst(bench.Choose(full: 1_000, quick: 200), StepsEach);
        var bytes = await bench.RepeatAsync(database => MeasureAsync(database, burst, cancellationToken));
        var missed = bytes.Sum(value => value.MissedLogs);
        return
        [
            Row("file bytes per finished step, one payload", [.. bytes.Select(value => value.File)], limit: 450),
            Row("WAL bytes per step in P2", [.. bytes.Select(value => value.Log)], limit: 1_000) with
            {
                Note = missed == 0 ? null : $"too low: the log began anew {missed} times unseen.",
            },
        ];
    }

    private Measurement Row(string what, IReadOnlyList<double> values, double limit) => new()
    {
        Id = Id,
        What = what,
        Unit = "bytes",
        Values = values,
        Bar = Bar.AtMost(limit),
    };

    private static async Task<(double File, double Log, long MissedLogs)> MeasureAsync(
        string database, Burst burst, CancellationToken cancellationToken)
    {
        await using (var first = await Burst.StartWorldAsync(database, cancellationToken))
        {
            await burst.RunAsync(first, cancellationToken);
        }

        var before = FileBytes(database);
        var (logBytes, missedLogs) = await FollowAsync(database, burst, cancellationToken);
        double steps = burst.Runs * burst.StepsEach;
        return ((FileBytes(database) - before) / steps, logBytes / steps, missedLogs);
    }

    private static async Task<(long Bytes, long Missed)> FollowAsync(
        string database, Burst burst, CancellationToken cancellationToken)
    {
        await using var world = await Burst.StartWorldAsync(database, cancellationToken);

        // Not before the world is open: the last connection to close deletes the log, and we would follow a dead file.
        using var log = new WalFollower(database);
        await burst.RunAsync(world, cancellationToken);
        var bytes = log.Stop();
        return bytes > 0
            ? (bytes, log.Missed)
            : throw new InvalidOperationException("No write-ahead log was seen next to the database.");
    }

    /// <summary>The size of the file with the whole log in it.</summary>
    private static long FileBytes(string database)
    {
        using (var connection = RawProbe.Open(database))
        {
            RawProbe.Query(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        return new FileInfo(database).Length;
    }
}
