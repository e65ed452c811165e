using FluentAssertions;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Programs;

/// <summary>The runs of programs in a world: those that are open, and what must hold about those that are over.</summary>
internal static class ProgramRuns
{
    /// <summary>Has the token that programs do not get; it never ends.</summary>
    public static readonly WorkflowDefinition<string, int> Holder = Workflow.Define<string, int>(
        "holder", (flow, _) => flow.HookAsync<int>(WorkflowProgram.TakenToken));

    /// <summary>Runs that are not over, without the one that has the token.</summary>
    public static async Task<IReadOnlyList<WorkflowRun>> ListOpenAsync(World world)
    {
        var open = await ListAsync(world, RunStatus.Pending, RunStatus.Running, RunStatus.Paused);
        return [.. open.Where(run => run.WorkflowName != Holder.Name)];
    }

    /// <summary>Runs that are over.</summary>
    public static Task<IReadOnlyList<WorkflowRun>> ListOverAsync(World world) =>
        ListAsync(world, RunStatus.Completed, RunStatus.Failed, RunStatus.Cancelled);

    /// <summary>Waits until nothing of any program is open, children that were abandoned included.</summary>
    public static async Task EndAllAsync(World world, CancellationToken cancellationToken)
    {
        while (await ListOpenAsync(world) is { Count: > 0 } open)
        {
            await Task.WhenAll(open.Select(run => EndAsync(world.GetRun(run.RunId), cancellationToken)));
        }
    }

    public static async Task EndAsync(RunHandle run, CancellationToken cancellationToken)
    {
        try
        {
            await run.WaitAsync(cancellationToken);
        }
        catch (RunEndedException)
        {
            // That is an end, too.
        }
    }

    /// <summary>
    /// What became of programs, and of their children, is what they say without a world; the log of each run brings its code to
    /// every position.
    /// </summary>
    /// <param name="world">Where they ran.</param>
    /// <param name="programs">The programs.</param>
    /// <param name="haveOneResult">Whether nobody has done anything to them that changes results.</param>
    public static async Task ShouldHaveEndedAsync(World world, IReadOnlyList<WorkflowProgram> programs, bool haveOneResult)
    {
        var members = programs.SelectMany(program => program.Family).ToDictionary(member => member.Workflow.Name);
        var over = await ListOverAsync(world);
        over.Select(run => run.WorkflowName).Should().Contain(programs.Select(program => program.Workflow.Name));
        foreach (var run in over)
        {
            if (members.TryGetValue(run.WorkflowName, out var program))
            {
                await ShouldHaveEndedAsync(world, program, run.RunId, haveOneResult);
            }
        }
    }

    private static async Task ShouldHaveEndedAsync(World world, WorkflowProgram program, string runId, bool hasOneResult)
    {
        var recorded = await world.LogAsync(runId);
        var over = recorded.First(seen => seen is WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed or WorkflowEvent.RunCancelled);
        var log = recorded.Take((int)over.Position).ToList(); // what was cancelled may be cancelled again
        ProgramCheck.FindProblem(program, log, await SeedAsync(world, runId)).Should().BeNull("{0}", program);
        if (hasOneResult && Determinacy.IsDetermined(program.Root) && !ProgramCheck.IsCancelledFromOutside(log))
        {
            var alone = new Simulation(program, schedule: 1, log: Runtime.History.Created(ProgramCheck.InputOf(log)).Events).Run();
            ProgramCheck.ResultOf(log).Should().Be(alone.Result, "{0}\n{1}", program, ProgramCheck.Text(log));
        }
    }

    private static async Task<IReadOnlyList<WorkflowRun>> ListAsync(World world, params IReadOnlyCollection<RunStatus> statuses)
    {
        var page = await world.Runs.ListAsync(
            new RunQuery { Statuses = statuses }, new PageRequest { Limit = PageRequest.MaxLimit, Data = ResolveData.None });
        page.HasMore.Should().BeFalse("a suite has fewer runs");
        return page.Items;
    }

    private static async Task<byte[]> SeedAsync(World world, string runId) => await world.Shared.Database.ReadAsync(
        reader => reader.ScalarAsync<byte[]>("SELECT seed FROM workflow_runs WHERE run_id = @runId", new { runId }),
        CancellationToken.None) ?? throw new InvalidOperationException($"There is no run '{runId}'.");
}
