using System.Collections.Concurrent;
using System.Globalization;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Crash;

/// <summary>What a child does in the tests of crashes: works on a database and stands still at one point.</summary>
internal static class CrashWorld
{
    /// <summary>Takes one run as far as a point. Its clock stands still, so a sleep never ends here.</summary>
    /// <param name="args">Path of the database, of the ledger, the id of the run, the workflow and the point.</param>
    public static async Task<int> TakeToPointAsync(string[] args)
    {
        var (path, ledger, runId, workflow, point) = (args[0], args[1], args[2], args[3], args[4]);
        var parked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = "file:" + path, TimeProvider = new ManualTimeProvider() });
        var workflows = new CrashWorkflows(ledger, Reach);
        world.Register(workflows.Journey, workflows.Fragile, workflows.Cancelling, workflows.Remembering);
        Tell(world, name =>
        {
            Reach(name);
            if (name.StartsWith(nameof(TransitionKind.RunParked), StringComparison.Ordinal))
            {
                parked.TrySetResult();
            }
        });
        world.Shared.Hub.RunWoken += _ => Reach("RunWoken");

        // Stored first, then claimed: the start of a run that waited for a worker.
        var run = await world.StartRunAsync(workflow, "in", new StartRunOptions { RunId = runId });
        Reach("stored");
        await world.StartAsync();
        await parked.Task;
        await world.ResumeHookAsync(CrashWorkflows.HookToken, "answer of the child");
        await run.WaitAsync();
        return 0;

        void Reach(string name)
        {
            if (name == point)
            {
                CrashPoint.Reach(name);
            }
        }
    }

    /// <summary>Works on whatever comes, until it is killed or its parent goes away.</summary>
    /// <param name="args">Path of the database, of the ledger, and the points to stand still at.</param>
    public static async Task<int> WorkAsync(string[] args)
    {
        var points = args[2..];
        var counts = new ConcurrentDictionary<string, int>();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + args[0], MaxLiveRuns = 10 });
        var workflows = new CrashWorkflows(args[1], Reach);
        world.Register(workflows.Journey, workflows.Three, workflows.Busy, workflows.Order, workflows.Reporting);
        Tell(world, Reach);
        await world.StartAsync();
        CrashPoint.Reach("ready");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        return 0;

        // A point by its name, or by its name and how often it has been passed.
        void Reach(string name)
        {
            var counted = $"{name} #{counts.AddOrUpdate(name, 1, (_, count) => count + 1)}";
            if (points.Contains(name) || points.Contains(counted))
            {
                CrashPoint.Reach(points.Contains(name) ? name : counted);
            }
        }
    }

    /// <summary>Migrates a database and stands still before each of its commits.</summary>
    /// <param name="args">Path of the database.</param>
    public static async Task<int> MigrateAsync(string[] args)
    {
        var diagnostics = new WorldDiagnostics(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var url = new DatabaseUrl(args[0]);
        await using var database = new StandingDatabase(
            SqliteDatabase.Open(url, new(Durability.Full), diagnostics, TimeProvider.System));
        await new TursoWorld.Schema.Migrator(database, TursoWorld.Schema.Migration.LoadAll(), TimeProvider.System, diagnostics)
            .MigrateAsync(CancellationToken.None);
        CrashPoint.Reach("migrated");
        return 0;
    }

    /// <summary>Tells every transition under a name: its detail, or how often there has been one.</summary>
    private static void Tell(World world, Action<string> tell)
    {
        var counts = new ConcurrentDictionary<TransitionKind, int>();
        world.Shared.Diagnostics.Happened += transition =>
        {
            var count = counts.AddOrUpdate(transition.Kind, 1, (_, before) => before + 1);
            tell($"{transition.Kind} {transition.Detail ?? count.ToString(CultureInfo.InvariantCulture)}");
        };
    }
}
