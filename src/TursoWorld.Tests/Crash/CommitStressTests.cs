using System.Globalization;
using Dapper;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// Processes that commit to one file, checkpoint it, and are killed. <c>TURSOWORLD_STRESS_MINUTES</c> lets each test run for so long:
/// a SQLite with the WAL-reset bug takes up to a minute on a folder in memory to show it. Without the variable a few kills are enough.
/// <c>TURSOWORLD_STRESS_SQLITE</c> names the native library that the processes load instead. The tests run alone, because checkpoints
/// without a pause take all processors.
/// </summary>
[Collection<CommitStressAlone>]
public sealed class CommitStressTests : IDisposable
{
    private const int LeastKills = 4;

    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(double.Parse(
        Environment.GetEnvironmentVariable("TURSOWORLD_STRESS_MINUTES") ?? "0", CultureInfo.InvariantCulture));

    private static readonly Dictionary<string, string?> ChildEnvironment = new()
    {
        [SqliteLibrary.Variable] = Environment.GetEnvironmentVariable("TURSOWORLD_STRESS_SQLITE")
            ?? Environment.GetEnvironmentVariable(SqliteLibrary.Variable),
        ["WORKFLOW_ALLOW_UNSAFE_SQLITE"] = "true",
    };

    private readonly CrashFolder _folder = new();
    private readonly List<string> _ledgers = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_acknowledged_commit_is_there_and_the_file_is_sound(int processes)
    {
        var start = TimeProvider.System.GetTimestamp();
        var children = new List<(ChildProcess Process, string Ledger)>();
        try
        {
            while (children.Count < processes)
            {
                children.Add(Start());
            }

            for (var kills = 0; kills < LeastKills || TimeProvider.System.GetElapsedTime(start) < Duration; kills++)
            {
                // Each life is longer than the one before, up to some thousand commits, so that kills meet every state of the log.
                var child = kills % processes;
                await children[child].Process.PrintedAsync(CommitScenario.Report(1 + (kills % 40)));
                await children[child].Process.KillAsync();
                Missing(children[child].Ledger).Should().BeEmpty($"kill {kills} came after these starts were acknowledged");
                await children[child].Process.DisposeAsync();
                children[child] = Start();
            }
        }
        finally
        {
            await Task.WhenAll(children.Select(child => child.Process.DisposeAsync().AsTask()));
        }

        _ledgers.SelectMany(Missing).Should().BeEmpty();
        DatabaseCheck.Scalar<string>(_folder.Database, "PRAGMA integrity_check").Should().Be("ok");
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        await world.ShouldBeSoundAsync();
        TestContext.Current.SendDiagnosticMessage($"{_ledgers.Count - processes} kills, {_ledgers.Sum(Count)} commits");
    }

    private static int Count(string ledger) => File.Exists(ledger) ? File.ReadLines(ledger).Count() : 0;

    private (ChildProcess Process, string Ledger) Start()
    {
        _ledgers.Add(_folder.At($"ledger-{_ledgers.Count}.txt"));
        return (ChildProcess.Start("commit-and-checkpoint", [_folder.Database, _ledgers[^1]], ChildEnvironment), _ledgers[^1]);
    }

    /// <summary>The ids in a ledger that the database does not have.</summary>
    private List<string> Missing(string ledger)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        connection.Open();
        return Count(ledger) == 0 ? [] : [.. File.ReadLines(ledger).Where(runId => !IsStored(runId))];

        bool IsStored(string runId) =>
            connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM workflow_runs WHERE run_id = @runId)", new { runId });
    }
}

[CollectionDefinition(DisableParallelization = true)]
public sealed class CommitStressAlone;
