using Dapper;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Only a file can be damaged from outside.</summary>
public sealed class DamagedFileTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly WorkflowDefinition<string, string> Echo = Workflow.Define<string, string>(
        "echo", (_, input) => Task.FromResult(input));

    [Fact]
    public async Task Damage_to_the_file_is_found_and_named()
    {
        var world = Worlds.Create(null, Echo);
        var input = new string('x', 100_000);
        await world.StartRunAsync(Echo, input, cancellationToken: Limit);
        await world.DisposeAsync();
        await DamageLastPageAsync();

        var report = await Worlds.Create().CheckIntegrityAsync(Limit);

        report.Problems.Should().NotBeEmpty()
            .And.OnlyContain(problem => problem.Kind == IntegrityProblemKind.FileDamaged && problem.Text.Length > 0);
    }

    [Fact]
    public async Task An_index_that_has_lost_an_entry_is_found()
    {
        var world = Worlds.Create(null, Echo);
        await world.StartRunAsync(Echo, "", cancellationToken: Limit);
        await world.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={Worlds.Path};Pooling=False"))
        {
            // A row is written while the file does not say that it has the index.
            await connection.OpenAsync(Limit);
            await connection.ExecuteAsync("""
                PRAGMA writable_schema = ON;
                CREATE TEMP TABLE kept AS SELECT * FROM sqlite_master WHERE name = 'workflow_runs_over';
                DELETE FROM sqlite_master WHERE name = 'workflow_runs_over';
                PRAGMA writable_schema = RESET;
                UPDATE workflow_runs SET completed_at = 1;
                PRAGMA writable_schema = ON;
                INSERT INTO sqlite_master SELECT * FROM kept;
                PRAGMA writable_schema = RESET;
                """);
        }

        var report = await Worlds.Create().CheckIntegrityAsync(Limit);

        report.Problems.Should().Contain(problem => problem.Kind == IntegrityProblemKind.FileDamaged)
            .Which.Text.Should().Contain("workflow_runs_over");
    }

    private async Task DamageLastPageAsync()
    {
        const int PageSize = 4096;
        var bytes = await File.ReadAllBytesAsync(Worlds.Path, Limit);
        bytes.AsSpan(bytes.Length - PageSize).Fill(0xFF);
        await File.WriteAllBytesAsync(Worlds.Path, bytes, Limit);
    }
}
