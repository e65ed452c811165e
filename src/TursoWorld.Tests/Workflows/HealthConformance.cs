using FluentAssertions;
using SQLitePCL;
using TursoWorld.Tests.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class HealthConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_database_that_can_be_worked_with_is_healthy_however_often_one_looks()
    {
        var world = Worlds.Create();

        var first = await world.CheckHealthAsync(Limit);
        var second = await world.CheckHealthAsync(Limit);

        first.Should().BeEquivalentTo(new { CanRead = true, CanWrite = true, IsHealthy = true, Code = (string?)null, Problem = (string?)null });
        second.IsHealthy.Should().BeTrue();
        second.WriteTime.Should().BePositive();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_the_database_refuses_is_told_and_not_thrown()
    {
        var world = Worlds.Create();
        var database = await FaultyDatabase.InstallAsync(world);
        database.BeforeUnit = _ => throw FaultyDatabase.Fault(ErrorCodes.DiskFull);

        var report = await world.CheckHealthAsync(Limit);

        report.Should().BeEquivalentTo(new { CanRead = true, CanWrite = false, IsHealthy = false, Code = ErrorCodes.DiskFull });
        report.Problem.Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_look_that_is_cancelled_is_no_report()
    {
        var world = Worlds.Create();

        var look = () => world.CheckHealthAsync(new CancellationToken(canceled: true));

        await look.Should().ThrowAsync<OperationCanceledException>();
    }
}

public sealed class SqliteMemoryHealthTests() : HealthConformance(Backend.SqliteMemory);

public sealed class SqliteFileHealthTests() : HealthConformance(Backend.SqliteFile)
{
    [Fact]
    public async Task A_file_that_another_program_holds_can_be_read_and_not_written()
    {
        var watch = new ManualTimeProvider();
        var world = Worlds.Create(options => options.CodeClock = watch);
        await world.Shared.OpenDatabaseAsync(Limit);
        using var holder = new RawDatabase(Worlds.Path);
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        var (reads, writes) = (watch.SleeperAsync(), watch.SleeperAsync());
        var look = world.CheckHealthAsync(Limit);
        await reads;
        await writes;

        watch.Advance(TimeSpan.FromSeconds(10));

        var report = await look;
        report.Should().BeEquivalentTo(new { CanRead = true, CanWrite = false, Code = ErrorCodes.DatabaseBusy });
        report.Problem.Should().Contain(Worlds.Path).And.Contain("another program");
        holder.Execute("ROLLBACK").Should().Be(raw.SQLITE_OK);
    }
}
