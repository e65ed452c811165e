using FluentAssertions;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>The recipe of the README that needs two programs, with two programs.</summary>
public sealed class RecipeProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Renders whatever comes, until it is killed.</summary>
    public static async Task<int> RenderAsync(string[] args)
    {
        await using var world = await Recipes.StartRenderingAsync("file:" + args[0], new Renderer());
        CrashPoint.Reach("ready");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        return 0;
    }

    [Fact]
    public async Task A_queued_step_is_executed_by_the_program_that_has_registered_it()
    {
        await using var world = await Recipes.StartPublishingAsync(_folder.Url);
        var run = await world.StartRunAsync(Recipes.Publish, "catalogue", null, Cancellation);
        await using var renderer = ChildProcess.Start("render", _folder.Database);
        await renderer.ReachedAsync("ready");

        var result = await run.ResultAsync(Cancellation).WaitAsync(Limit, Cancellation);

        result.Should().Be($"catalogue rendered by {renderer.Id} is out");
        await renderer.KillAsync();
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    private sealed class Renderer : Recipes.IRenderer
    {
        public Task<string> RenderAsync(string document, CancellationToken cancellationToken) =>
            Task.FromResult($"{document} rendered by {Environment.ProcessId}");
    }
}
