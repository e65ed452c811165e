using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Files that are deleted, moved, replaced, cut off or overwritten while a world has them open.</summary>
public sealed class FileWatchTests() : WorkflowTests(Backend.SqliteFile)
{
    private static readonly WorkflowDefinition<string, string> Greeting = Workflow.Define<string, string>(
        "greeting", (flow, name) => flow.StepAsync("greet", _ => Task.FromResult($"Hello, {name}")));

    public static TheoryData<string> Names => ["", "-wal", "-shm"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_that_is_deleted_takes_no_more_runs(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody delete a file that is open.");
        var world = await StartAsync();

        File.Delete(Worlds.Path + name);

        await ShouldBeReplacedAsync(world, "is gone");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_that_is_moved_and_replaced_takes_no_more_runs_and_nobody_touches_the_new_one(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there every file has an identity that can be asked for.");
        var world = await StartAsync();
        byte[] foreign = [1, 2, 3];

        File.Move(Worlds.Path + name, Worlds.Path + ".away");
        await File.WriteAllBytesAsync(Worlds.Path + name, foreign, Limit);

        await ShouldBeReplacedAsync(world, "another file");
        await world.DisposeAsync();
        (await File.ReadAllBytesAsync(Worlds.Path + name, Limit)).Should().Equal(foreign, "whoever closes last deletes only its own log");
    }

    [Fact]
    public async Task What_was_acknowledged_before_the_file_was_moved_is_in_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody move a file that is open.");
        var world = await StartAsync();
        var run = await world.StartRunAsync(Greeting, "before", null, Limit);
        await run.ResultAsync(Limit);

        File.Move(Worlds.Path, Worlds.Path + ".away");
        await ShouldBeReplacedAsync(world, "is gone");
        await world.DisposeAsync();

        File.Move(Worlds.Path + ".away", Worlds.Path);
        var again = await Worlds.StartAsync(Greeting);
        (await again.Runs.GetAsync(run.RunId, cancellationToken: Limit)).Status.Should().Be(RunStatus.Completed);
        await again.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3 * 4096)]
    public async Task A_file_that_is_cut_off_is_noticed_by_looking_once_in_a_while(long length)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody write to a file that is open like that.");
        var world = await StartOnRealTimeAsync();
        var changes = Watch(world);

        await using (var file = File.OpenWrite(Worlds.Path))
        {
            file.SetLength(length);
        }

        await changes.NextAsync(TransitionKind.DatabaseReplaced);

        // Whoever opens a file without content deletes the log that lies beside it.
        await ShouldBeReplacedAsync(world, "was cut off or overwritten|-wal' is gone");
    }

    [Fact]
    public async Task A_file_that_is_overwritten_in_place_is_noticed_by_looking_once_in_a_while()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody write to a file that is open like that.");
        var world = await StartOnRealTimeAsync();
        var changes = Watch(world);

        await using (var file = File.OpenWrite(Worlds.Path))
        {
            await file.WriteAsync("Something else altogether"u8.ToArray(), Limit);
        }

        await changes.NextAsync(TransitionKind.DatabaseReplaced);
        await ShouldBeReplacedAsync(world, "was cut off or overwritten");
    }

    [Fact]
    public async Task Nobody_has_to_write_for_a_deleted_file_to_be_noticed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody delete a file that is open.");
        var world = await StartOnRealTimeAsync();
        var changes = Watch(world);

        File.Delete(Worlds.Path);

        await changes.NextAsync(TransitionKind.DatabaseReplaced);
        await ShouldBeReplacedAsync(world, "is gone");
    }

    [Fact]
    public async Task A_file_that_shrinks_because_its_database_does_is_the_same()
    {
        await using var file = new TestFile();
        var connections = new SqliteConnections(new DatabaseUrl(file.Path), new(Durability.Normal));
        await using var writer = new SqliteTransport(connections, file.Diagnostics);
        using var other = new RawDatabase(file.Path);
        Items.Fill(other, 500);
        connections.Files.Inspect(writer.Session);
        var before = new FileInfo(file.Path).Length;

        other.Execute("DELETE FROM item; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").Should().Be(0);
        connections.Files.Inspect(writer.Session);
        Items.Fill(other, 100);
        connections.Files.Inspect(writer.Session);

        new FileInfo(file.Path).Length.Should().BeLessThan(before);
        connections.Files.Failure.Should().BeNull();
    }

    /// <summary>Neither acknowledges nor reads anything any more, and says why, here and to whoever asks for its health.</summary>
    private static async Task ShouldBeReplacedAsync(World world, string finding)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Limit); // commits within a millisecond after a look are acknowledged without another
        var starts = new List<StorageException>();
        for (var i = 0; i < 3; i++)
        {
            starts.Add((await world.Awaiting(gone => gone.StartRunAsync(Greeting, "lost", null, Limit)).Should().ThrowAsync<StorageException>()).Which);
        }

        starts.Should().OnlyContain(failure => failure.Code == ErrorCodes.DatabaseReplaced && !failure.IsTransient);
        starts[0].Message.Should().MatchRegex(finding).And.Contain("start again");
        var read = await world.Awaiting(gone => gone.Runs.ListAsync(cancellationToken: Limit)).Should().ThrowAsync<StorageException>();
        read.Which.Code.Should().Be(ErrorCodes.DatabaseReplaced);
        var health = await world.CheckHealthAsync(Limit);
        health.Should().BeEquivalentTo(new { IsHealthy = false, Code = ErrorCodes.DatabaseReplaced });
        health.Problem.Should().MatchRegex(finding);
    }

    private async Task<World> StartAsync()
    {
        var world = await Worlds.StartAsync(Greeting);
        (await (await world.StartRunAsync(Greeting, "first", null, Limit)).ResultAsync(Limit)).Should().Be("Hello, first");
        return world;
    }

    /// <summary>A world that looks about once a second, on a file with everything in it and nothing in its log.</summary>
    private async Task<World> StartOnRealTimeAsync()
    {
        await using (await StartAsync())
        {
            // closed in good order
        }

        var world = await Worlds.StartAsync(options => options.TimeProvider = TimeProvider.System, Greeting);
        (await world.CheckHealthAsync(Limit)).IsHealthy.Should().BeTrue();
        return world;
    }
}
