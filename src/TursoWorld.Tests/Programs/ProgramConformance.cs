using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Programs;

/// <summary>Programs made of seeds on whole worlds: they end as they do without one, and leave logs that bring them back.</summary>
public abstract class ProgramConformance(Backend backend) : WorkflowTests(backend)
{
    private const int AtOnce = 24;

    [Fact]
    public async Task Programs_end_as_they_do_without_a_world()
    {
        var programs = Generate(0);

        await RunAllAsync(Create(programs), programs);
    }

    [Fact]
    public async Task Programs_end_the_same_when_memory_has_room_for_one()
    {
        var programs = Generate(AtOnce);

        await RunAllAsync(Create(programs, options => options.MaxLiveRuns = 1), programs);
    }

    [Fact]
    public async Task Programs_end_the_same_when_payloads_come_between_decisions_and_commits()
    {
        var programs = Generate(2 * AtOnce);

        await RunAllAsync(Create(programs), programs, turn: 3, (driver, _) => driver.SendAsync());
    }

    [Fact]
    public async Task Programs_end_the_same_when_their_runs_are_paused_and_given_attributes_from_outside()
    {
        var programs = Generate(3 * AtOnce);

        await RunAllAsync(
            Create(programs), programs, turn: 4, (driver, count) => count % 2 == 0 ? driver.PauseAsync() : driver.SetAttributeAsync());
    }

    [Fact]
    public async Task Programs_that_are_cancelled_from_outside_leave_nothing_open_and_logs_that_bring_them_back()
    {
        var programs = Generate(4 * AtOnce);
        var world = Create(programs);

        await RunAllAsync(
            world,
            programs,
            turn: 5,
            (driver, count) => count % 3 == 0 ? driver.PauseAsync() : driver.CancelAsync(),
            haveOneResult: false);

        (await ProgramRuns.ListOverAsync(world)).Should().Contain(run => run.Status == RunStatus.Cancelled)
            .And.Contain(run => run.Status == RunStatus.Completed);
    }

    private protected static List<WorkflowProgram> Generate(int firstSeed, int count = AtOnce) =>
        [.. Enumerable.Range(firstSeed, count).Select(ProgramGenerator.Generate)];

    private protected World Create(IReadOnlyList<WorkflowProgram> programs, Action<WorldOptions>? configure = null) =>
        Knowing(Worlds.Create(configure), programs);

    /// <summary>A world that knows programs, their children, and their queued steps.</summary>
    private protected static World Knowing(World world, params IReadOnlyList<WorkflowProgram> programs)
    {
        var members = programs.SelectMany(program => program.Family).ToList();
        world.Register([.. members.Select(member => member.Workflow)]);
        world.Register([.. members.SelectMany(member => member.QueuedSteps)]);
        return world;
    }

    private protected static async Task HoldTokenAsync(World world)
    {
        world.Register(ProgramRuns.Holder);
        await world.StartRunAsync(ProgramRuns.Holder, "", cancellationToken: Limit);
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        await transitions.NextAsync(Diagnostics.TransitionKind.RunParked);
    }

    private Task RunAllAsync(World world, IReadOnlyList<WorkflowProgram> programs) =>
        RunAllAsync(world, programs, turn: int.MaxValue, (_, _) => Task.CompletedTask);

    /// <param name="world">Where.</param>
    /// <param name="programs">What.</param>
    /// <param name="turn">Something is done between the decisions and the commit of every so many turns.</param>
    /// <param name="interfere">That, and how often it has been.</param>
    /// <param name="haveOneResult">Whether it changes no results.</param>
    private async Task RunAllAsync(
        World world,
        IReadOnlyList<WorkflowProgram> programs,
        int turn,
        Func<ProgramDriver, int, Task> interfere,
        bool haveOneResult = true)
    {
        using var unobserved = new UnobservedFailures();
        await HoldTokenAsync(world);
        var database = await FaultyDatabase.InstallAsync(world);
        using var driver = new ProgramDriver(Clock, world);
        var turns = 0;
        database.BeforeTurn = _ => Interlocked.Increment(ref turns) is var count && count % turn == 0
            ? interfere(driver, count / turn)
            : Task.CompletedTask;
        foreach (var program in programs)
        {
            await world.StartRunAsync(program.Workflow, program.Beginning, cancellationToken: Limit);
        }

        await driver.DriveAsync(ProgramRuns.EndAllAsync(world, Limit));

        await ProgramRuns.ShouldHaveEndedAsync(world, programs, haveOneResult);
        await world.ShouldBeSoundAsync();
        unobserved.Collect().Should().BeEmpty();
    }
}

public sealed class SqliteMemoryProgramTests() : ProgramConformance(Backend.SqliteMemory);

public sealed class SqliteFileProgramTests() : ProgramConformance(Backend.SqliteFile)
{
    /// <summary>Two commits for each life: one may only say that the steps of the life before have gone with it.</summary>
    [Theory]
    [InlineData(300, 2)]
    [InlineData(310, 3)]
    public async Task Programs_end_the_same_when_their_world_dies_after_every_few_commits(int firstSeed, int commitsPerLife)
    {
        var programs = Generate(firstSeed, count: 4);
        await using (var first = Knowing(Worlds.CreateApart(), [.. programs]))
        {
            await HoldTokenAsync(first);
        }

        foreach (var program in programs)
        {
            var runId = await BeginAsync(program);
            while (await LiveAsync(program, runId, commitsPerLife))
            {
                // And die.
            }

            await using var last = Worlds.CreateApart();
            await ProgramRuns.ShouldHaveEndedAsync(last, [program], haveOneResult: true);
            await last.ShouldBeSoundAsync();
        }
    }

    [Fact]
    public async Task Programs_end_the_same_when_one_world_has_them_and_another_their_children_and_queued_steps()
    {
        var programs = Generate(330, count: 12);
        var members = programs.SelectMany(program => program.Family).ToList();
        var first = Worlds.CreateApart(null, [.. programs.Select(program => program.Workflow)]);
        var second = Worlds.CreateApart(null, [.. members.Except(programs).Select(child => child.Workflow)]);
        second.Register([.. members.SelectMany(member => member.QueuedSteps)]);
        await HoldTokenAsync(first);
        await second.StartAsync(Limit);
        using var driver = new ProgramDriver(Clock, first, second);
        foreach (var program in programs)
        {
            await first.StartRunAsync(program.Workflow, program.Beginning, cancellationToken: Limit);
        }

        await driver.DriveAsync(ProgramRuns.EndAllAsync(first, Limit));

        await ProgramRuns.ShouldHaveEndedAsync(first, programs, haveOneResult: true);
        await first.ShouldBeSoundAsync();
    }

    private async Task<string> BeginAsync(WorkflowProgram program)
    {
        await using var world = Worlds.CreateApart();
        return (await world.StartRunAsync(program.Workflow, program.Beginning, cancellationToken: Limit)).RunId;
    }

    /// <returns>True when the world has died before the run had ended.</returns>
    private async Task<bool> LiveAsync(WorkflowProgram program, string runId, int commits)
    {
        await using var world = Knowing(Worlds.CreateApart(), program);
        var database = await FaultyDatabase.InstallAsync(world);
        var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        database.BeforeTurn = _ => died.Task.IsCompleted ? throw Dead() : Task.CompletedTask;
        database.BeforeUnit = _ => ThrowIfDead();
        database.BeforeTransaction = ThrowIfDead;
        database.AfterTurn = _ => Count();
        database.AfterTransaction = Count;
        using var driver = new ProgramDriver(Clock, world);
        var ended = ProgramRuns.EndAsync(world.GetRun(runId), Limit);
        await world.StartAsync(Limit);

        await driver.DriveAsync(Task.WhenAny(ended, died.Task));

        return !ended.IsCompletedSuccessfully;

        void Count()
        {
            if (Interlocked.Decrement(ref commits) == 0)
            {
                died.TrySetResult();
                throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown); // nobody hears of the last commit
            }
        }

        void ThrowIfDead()
        {
            if (died.Task.IsCompleted)
            {
                throw Dead();
            }
        }

        static StorageException Dead() => FaultyDatabase.Fault(ErrorCodes.DatabaseUnavailable);
    }
}
