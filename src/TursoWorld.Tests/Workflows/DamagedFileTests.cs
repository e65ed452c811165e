using FluentAssertions;
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

    private async Task DamageLastPageAsync()
    {
        const int PageSize = 4096;
        var bytes = await File.ReadAllBytesAsync(Worlds.Path, Limit);
        bytes.AsSpan(bytes.Length - PageSize).Fill(0xFF);
        await File.WriteAllBytesAsync(Worlds.Path, bytes, Limit);
    }
}
