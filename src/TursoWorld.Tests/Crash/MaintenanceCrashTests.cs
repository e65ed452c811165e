using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>A process killed while it purges, or while it writes a backup.</summary>
public sealed class MaintenanceCrashTests : IDisposable
{
    private const int Runs = 250;

    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Ends runs, then purges and backs up, and stands still in the middle of what is named.</summary>
    /// <param name="args">Path of the database, of the backup, and the kind of transition to stand still at.</param>
    public static async Task<int> MaintainAsync(string[] args)
    {
        var clock = new ManualTimeProvider();
        await using var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = $"file:{args[0]}", Retention = TimeSpan.FromSeconds(1), TimeProvider = clock });
        world.Register(Echo);
        await world.StartAsync();
        var payload = new string('x', 20_000); // so that the backup takes more than one step
        var runs = await Task.WhenAll(Enumerable.Range(0, Runs).Select(_ => world.StartRunAsync(Echo, payload)));
        await Task.WhenAll(runs.Select(run => run.WaitAsync()));
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind.ToString() == args[2])
            {
                CrashPoint.Reach(args[2]);
            }
        };
        clock.Advance(TimeSpan.FromSeconds(2));
        await world.BackupAsync(args[1]);
        await world.MaintainAsync();
        return 0;
    }

    /// <summary>Backs up and says how it failed.</summary>
    /// <param name="args">Path of the database and of the backup.</param>
    public static async Task<int> BackUpAsync(string[] args)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{args[0]}" });
        try
        {
            await world.BackupAsync(args[1]);
            return 1;
        }
        catch (StorageException exception)
        {
            await Console.Out.WriteLineAsync($"error {exception.Code}: {exception.Message}");
            return 0;
        }
    }

    [Fact]
    public async Task A_purge_that_was_cut_short_leaves_whole_runs_and_the_next_one_goes_on()
    {
        await KillAtAsync(TransitionKind.RunsPurged);
        await using var world = WorldFactory.CreateWorld(
            new() { DatabaseUrl = _folder.Url, Retention = TimeSpan.FromSeconds(1) });

        var left = (await world.Runs.CountAsync(Cancellation))[RunStatus.Completed];
        await world.ShouldBeSoundAsync();
        var report = await world.MaintainAsync(Cancellation);

        left.Should().BeInRange(1, Runs - 1);
        report.RunsPurged.Should().Be((int)left);
        (await world.Runs.CountAsync(Cancellation)).Values.Should().AllBeEquivalentTo(0L);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_backup_that_was_cut_short_has_no_name_and_the_next_one_succeeds()
    {
        await KillAtAsync(TransitionKind.CopyStepped);
        File.Exists(_folder.At("copy.db")).Should().BeFalse();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });

        await world.BackupAsync(_folder.At("copy.db"), Cancellation);

        await using var copy = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{_folder.At("copy.db")}" });
        (await copy.Runs.CountAsync(Cancellation)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Completed] = Runs });
        await copy.ShouldBeSoundAsync();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_gives_a_typed_error_and_no_backup()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs the limits of a Unix shell.");
        await KillAtAsync(TransitionKind.CopyStepped);
        FoldLog(); // or the child could not write behind a log that is as long as its limit
        await using var child = ChildProcess.StartProgram(
            "/bin/bash",
            [
                "-c",
                "trap '' XFSZ; ulimit -f 3000; exec \"$0\" \"$@\"",
                Path.ChangeExtension(typeof(Program).Assembly.Location, null),
                _folder.Database,
                _folder.At("limited.db"),
            ],
            new()
            {
                [CrashScenarios.Variable] = "back-up",
                ["DOTNET_EnableWriteXorExecute"] = "0", // its memory file would meet the limit as well
            });

        (await child.WaitForExitAsync()).Should().Be(0, child.Output);

        child.Output.Should().MatchRegex("error (IO|DISK_FULL)").And.Contain($"'{_folder.At("limited.db")}'");
        Directory.EnumerateFiles(Path.GetDirectoryName(_folder.Database)!, "limited.db*").Should().BeEmpty();
    }

    private void FoldLog()
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }

    private async Task KillAtAsync(TransitionKind kind)
    {
        await using var child = ChildProcess.Start("maintain", _folder.Database, _folder.At("copy.db"), kind.ToString());
        await child.ReachedAsync(kind.ToString());
        await child.KillAsync();
    }
}
