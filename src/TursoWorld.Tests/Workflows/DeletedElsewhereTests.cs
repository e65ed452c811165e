using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A database in memory has one process, so this is about files.</summary>
public sealed class DeletedElsewhereTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", async (flow, token) =>
        {
            await flow.SleepAsync(TimeSpan.FromMilliseconds(1));
            return await flow.HookAsync<string>(token);
        });

    [Fact]
    public async Task Whoever_waits_for_a_run_that_another_process_deletes_is_told()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await ParkedAsync(transitions, run);
        var elsewhere = await Worlds.StartApartAsync();
        var result = elsewhere.GetRun<string>(run.RunId).ResultAsync(Limit);
        await world.ResumeHookAsync("token", "payload", Limit);
        await ResultAsync(world, run);

        // The clock that the other one looks by stands still: it sees the end and the deletion at once.
        await world.Runs.DeleteAsync(run.RunId, Limit);
        Clock.Advance(TimeSpan.FromMilliseconds(40));

        await FluentActions.Awaiting(() => result).Should().ThrowAsync<NotFoundException>();
    }
}
