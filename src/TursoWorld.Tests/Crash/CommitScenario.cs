using SQLitePCL;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Sqlite;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// A child that commits to a file, with pauses in which checkpoints catch up, and checkpoints the file without a pause. A commit that
/// begins the write-ahead log anew while another process begins a checkpoint is where SQLite had its WAL-reset bug.
/// </summary>
internal static class CommitScenario
{
    private const int CommitsBetweenReports = 50;
    private const int LongestPauseInMicroseconds = 200;

    private static readonly WorkflowDefinition<int, int> Unregistered =
        Workflow.Define<int, int>("unregistered", (_, input) => Task.FromResult(input));

    private static readonly string[] Checkpoints =
    [
        .. Enumerable.Repeat("PRAGMA wal_checkpoint(PASSIVE)", 200), "PRAGMA wal_checkpoint(RESTART)", "PRAGMA wal_checkpoint(TRUNCATE)",
    ];

    /// <summary>What a child prints once some more commits are acknowledged.</summary>
    public static string Report(int number) => $"acknowledged {number} x {CommitsBetweenReports}.";

    /// <summary>Starts runs that no process executes, until it is killed, and notes each id once its start is acknowledged.</summary>
    /// <param name="args">Path of the database, and of the ledger.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        // The end of a process loses nothing with Normal either, and more commits find more.
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0], Durability = Durability.Normal });
        var file = new FileStream(args[1], FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await using var ledger = new StreamWriter(file) { AutoFlush = true };
        var random = new Random();
        await world.StartRunAsync(Unregistered, 0);
        new Thread(() => Checkpoint(args[0])) { IsBackground = true }.Start();
        new Thread(EndWithParent) { IsBackground = true }.Start();
        for (var i = 1; ; i++)
        {
            var run = await world.StartRunAsync(Unregistered, i);
            await ledger.WriteAsync(run.RunId + "\n");
            if (i % CommitsBetweenReports == 0)
            {
                await Console.Out.WriteLineAsync(Report(i / CommitsBetweenReports));
            }

            NativeSleep.Microseconds(random.Next(LongestPauseInMicroseconds));
        }
    }

    /// <summary>A parent that is gone kills no child.</summary>
    private static void EndWithParent()
    {
        Console.In.ReadToEnd();
        Environment.Exit(1);
    }

    private static void Checkpoint(string path)
    {
        using var database = new RawDatabase(path);
        for (var i = 0; ; i = (i + 1) % Checkpoints.Length)
        {
            // While another connection checkpoints or writes, this one may be told that it is busy.
            var code = database.Execute(Checkpoints[i]) & 0xFF;
            if (code is not (raw.SQLITE_OK or raw.SQLITE_BUSY or raw.SQLITE_LOCKED))
            {
                Environment.FailFast($"A checkpoint failed: {database.Message}");
            }
        }
    }
}
