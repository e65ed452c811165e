using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class RaceConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task The_first_of_two_sleeps_wakes_the_run()
    {
        var workflow = Workflow.Define<string, string>("two", async (flow, _) =>
        {
            var soon = flow.SleepAsync(TimeSpan.FromSeconds(1));
            var late = flow.SleepAsync(TimeSpan.FromSeconds(5));
            return await Task.WhenAny(late, soon) == soon ? "soon" : "late";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.Advance(TimeSpan.FromSeconds(1));

        (await ResultAsync(world, run)).Should().Be("soon");
        await world.ShouldBeSoundAsync();
    }
}

public sealed class SqliteFileRaceTests() : RaceConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRaceTests() : RaceConformance(Backend.SqliteMemory);
