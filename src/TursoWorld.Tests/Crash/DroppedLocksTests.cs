using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// A program that opens and closes its own database file with anything but SQLite gives up SQLite's locks on it: a rule of POSIX. The next
/// process that comes and goes takes itself for the last one, and deletes the log under the first, if its SQLite is older than 3.51.
/// </summary>
public sealed class DroppedLocksTests : IDisposable
{
    private static readonly WorkflowDefinition<string, string> Greeting = Workflow.Define<string, string>(
        "greeting", (flow, name) => flow.StepAsync("greet", _ => Task.FromResult($"Hello, {name}")));

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes, and closes the database as the last of its users does.</summary>
    public static Task<int> ComeAndGoAsync(string[] args)
    {
        using var visitor = new RawDatabase(args[0]);
        visitor.Execute("CREATE TABLE visit (at)").Should().Be(raw.SQLITE_OK);
        return Task.FromResult(0);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_that_goes_into_a_log_that_another_process_has_deleted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps locks per handle.");
        UnsafeLibraryTests.RequireLibrary();
        await using var world = CreateWorld();
        await world.StartAsync(Cancellation);
        var before = await world.StartRunAsync(Greeting, "before", null, Cancellation);
        await before.ResultAsync(Cancellation);

        await File.ReadAllBytesAsync(_folder.Database, Cancellation);
        await VisitAsync(UnsafeLibraryTests.Library);

        var start = await world.Awaiting(blind => blind.StartRunAsync(Greeting, "lost", null, Cancellation))
            .Should().ThrowAsync<StorageException>();
        start.Which.Code.Should().Be(ErrorCodes.DatabaseReplaced);
        start.Which.Message.Should().Contain("-wal' is gone");
        await world.DisposeAsync();
        await using var again = CreateWorld();
        await again.StartAsync(Cancellation);
        (await again.Runs.GetAsync(before.RunId, cancellationToken: Cancellation)).Status.Should().Be(RunStatus.Completed);
        var runs = await again.Runs.ListAsync(cancellationToken: Cancellation);
        runs.Items.Should().ContainSingle("what was refused is nowhere");
        Items.Query<long>(_folder.Database, "SELECT count(*) FROM visit").Should().Equal(0);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task A_visitor_does_no_harm_when_the_locks_are_held_or_its_own_library_is_new(bool areLocksDropped, bool isLibraryOld)
    {
        if (isLibraryOld)
        {
            UnsafeLibraryTests.RequireLibrary();
        }

        await using var world = CreateWorld();
        await world.StartAsync(Cancellation);
        if (areLocksDropped)
        {
            await File.ReadAllBytesAsync(_folder.Database, Cancellation);
        }

        await VisitAsync(isLibraryOld ? UnsafeLibraryTests.Library : null);

        var run = await world.StartRunAsync(Greeting, "after", null, Cancellation);
        (await run.ResultAsync(Cancellation)).Should().Be("Hello, after");
    }

    private World CreateWorld()
    {
        var world = WorldFactory.CreateWorld(new() { DatabaseUrl = _folder.Url });
        world.Register(Greeting);
        return world;
    }

    /// <param name="library">The SQLite of the visitor; null for the bundled one.</param>
    private async Task VisitAsync(string? library)
    {
        await using var visitor = ChildProcess.Start("come-and-go", [_folder.Database], new() { [SqliteLibrary.Variable] = library });
        (await visitor.WaitForExitAsync()).Should().Be(0, visitor.Output);
    }
}
