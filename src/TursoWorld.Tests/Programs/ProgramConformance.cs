using Dapper;
using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Programs;

/// <summary>Programs made of seeds on whole worlds: they end as they do without one, and leave logs that bring them back.</summary>
public abstract class ProgramConformance(Backend backend) : WorkflowTests(backend)
{
    private protected const int AtOnce = 40;

    private readonly WorkflowDefinition<string, int> _holder = Workflow.Define<string, int>(
        "holder", (flow, _) => flow.HookAsync<int>(WorkflowProgram.TakenToken));

    [Fact]
    public async Task Programs_end_as_they_do_without_a_world()
    {
        var programs = Generate(0);
        var world = Worlds.Create(null, All(programs));

        await RunAllAsync(world, programs);
    }

    [Fact]
    public async Task Programs_end_the_same_when_memory_has_room_for_one()
    {
        var programs = Generate(AtOnce);
        var world = Worlds.Create(options => options.MaxLiveRuns = 1, All(programs));

        await RunAllAsync(world, programs);
    }

    [Fact]
    public async Task Programs_end_the_same_when_payloads_come_between_decisions_and_commits()
    {
        var programs = Generate(2 * AtOnce);
        var world = Worlds.Create(null, All(programs));
        var database = await FaultyDatabase.InstallAsync(world);
        using var driver = new ProgramDriver(world, Clock);
        var turns = 0;
        database.BeforeTurn = async _ =>
        {
            if (Interlocked.Increment(ref turns) % 3 == 0)
            {
                await driver.SendAsync();
            }
        };

        await RunAllAsync(world, programs);
    }

    private protected static List<WorkflowProgram> Generate(int firstSeed, int count = AtOnce) =>
        [.. Enumerable.Range(firstSeed, count).Select(ProgramGenerator.Generate)];

    private protected WorkflowDefinition[] All(IEnumerable<WorkflowProgram> programs) =>
        [_holder, .. programs.Select(program => program.Workflow)];

    private protected async Task HoldTokenAsync(World world)
    {
        await world.StartRunAsync(_holder, "", cancellationToken: Limit);
        var transitions = Watch(world);
        await world.StartAsync(Limit);
        await transitions.NextAsync(Diagnostics.TransitionKind.RunParked);
    }

    /// <summary>What became of a program is what it says without a world; its log brings the code to every position.</summary>
    private protected static async Task ShouldHaveEndedAsync(World world, WorkflowProgram program, string runId)
    {
        var log = await world.LogAsync(runId);
        ProgramCheck.FindProblem(program, log, await SeedAsync(world, runId)).Should().BeNull("{0}", program);
        if (Determinacy.IsDetermined(program.Root))
        {
            ProgramCheck.ResultOf(log).Should().Be(
                new Simulation(program, schedule: 1).Run().Result, "{0}\n{1}", program, ProgramCheck.Text(log));
        }
    }

    private static async Task<byte[]> SeedAsync(World world, string runId) => await world.Shared.Database.ReadAsync(
        connection => connection.QuerySingle<byte[]>("SELECT seed FROM workflow_runs WHERE run_id = @runId", new { runId }),
        Limit);

    private async Task RunAllAsync(World world, IReadOnlyList<WorkflowProgram> programs)
    {
        using var unobserved = new UnobservedFailures();
        await HoldTokenAsync(world);
        using var driver = new ProgramDriver(world, Clock);
        var runs = new List<RunHandle<int>>();
        foreach (var program in programs)
        {
            runs.Add(await world.StartRunAsync(program.Workflow, "", cancellationToken: Limit));
        }

        await driver.DriveAsync(Task.WhenAll(runs.Select(run => EndAsync(run))));

        foreach (var (program, run) in programs.Zip(runs))
        {
            await ShouldHaveEndedAsync(world, program, run.RunId);
        }

        await world.ShouldBeSoundAsync();
        unobserved.Collect().Should().BeEmpty();
    }

    private protected static async Task EndAsync(RunHandle run)
    {
        try
        {
            await run.WaitAsync(Limit);
        }
        catch (RunEndedException)
        {
            // That is an end, too.
        }
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
        await using (var first = Worlds.CreateApart(null, All(programs)))
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
            await ShouldHaveEndedAsync(last, program, runId);
            await last.ShouldBeSoundAsync();
        }
    }

    private async Task<string> BeginAsync(WorkflowProgram program)
    {
        await using var world = Worlds.CreateApart();
        return (await world.StartRunAsync(program.Workflow, "", cancellationToken: Limit)).RunId;
    }

    /// <returns>True when the world has died before the run had ended.</returns>
    private async Task<bool> LiveAsync(WorkflowProgram program, string runId, int commits)
    {
        await using var world = Worlds.CreateApart(null, program.Workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        database.BeforeTurn = _ => died.Task.IsCompleted ? throw Dead() : Task.CompletedTask;
        database.BeforeUnit = _ => ThrowIfDead();
        database.BeforeTransaction = ThrowIfDead;
        database.AfterTurn = _ => Count();
        database.AfterTransaction = Count;
        using var driver = new ProgramDriver(world, Clock);
        var ended = EndAsync(world.GetRun(runId));
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
