using System.Text;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>Work that kills its process is given up in the end, and takes nothing else with it.</summary>
public sealed class PoisonCrashTests : IDisposable
{
    private const int MostStarts = 40;
    private const int Innocent = 60;

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_message_that_kills_is_dead_in_the_end_and_no_other_is()
    {
        await using var world = PoisonScenario.Create(_folder.Database);
        var names = Enumerable.Range(0, 800).Select(i => $"innocent-{i}").ToList();
        names.Insert(100, PoisonScenario.Poison);
        await world.QueueBatchAsync([.. names.Select(name => new OutgoingMessage("work", Encoding.UTF8.GetBytes(name)))], Cancellation);

        var deaths = await RunToTheEndAsync();

        deaths.Should().Be(TursoWorld.Abstractions.Interruption.Most);
        var dead = (await world.Queues.ListDeadAsync("work", null, Cancellation)).Items;
        Encoding.UTF8.GetString(dead.Should().ContainSingle().Which.Payload.Span).Should().Be(PoisonScenario.Poison);
        _folder.ReadLedger().Distinct().Should().HaveCount(800);
    }

    [Fact]
    public async Task Code_that_kills_ends_its_run_and_no_other()
    {
        await using var world = PoisonScenario.Create(_folder.Database);
        var code = PoisonScenario.Code(_ => { });
        var runs = await StartAllAsync(world, code);

        var deaths = await RunToTheEndAsync();

        deaths.Should().Be(TursoWorld.Abstractions.Interruption.MostOfRun);
        await ShouldEndAloneAsync(world, runs, ErrorCodes.MaxDeliveriesExceeded);
    }

    [Fact]
    public async Task A_step_that_kills_fails_its_run_and_no_other()
    {
        await using var world = PoisonScenario.Create(_folder.Database);
        var runs = await StartAllAsync(world, PoisonScenario.Step((_, _) => Task.CompletedTask));

        var deaths = await RunToTheEndAsync();

        deaths.Should().Be(TursoWorld.Abstractions.Interruption.Most);
        await ShouldEndAloneAsync(world, runs, ErrorCodes.StepInterrupted);
    }

    [Fact]
    public async Task A_queued_step_that_kills_fails_its_run_and_no_other()
    {
        await using var world = PoisonScenario.Create(_folder.Database);
        var runs = await StartAllAsync(world, PoisonScenario.Calling(PoisonScenario.Queued((_, _) => Task.CompletedTask)));

        var deaths = await RunToTheEndAsync();

        deaths.Should().Be(TursoWorld.Abstractions.Interruption.Most);
        await ShouldEndAloneAsync(world, runs, ErrorCodes.StepInterrupted);
    }

    [Fact]
    public async Task A_program_that_dies_right_after_its_start_wears_nothing_out()
    {
        await using var world = PoisonScenario.Create(_folder.Database);
        var runs = await StartAllAsync(world, PoisonScenario.Step((_, _) => Task.CompletedTask), poison: false);
        await world.QueueBatchAsync(
            [.. Enumerable.Range(0, 100).Select(i => new OutgoingMessage("work", Encoding.UTF8.GetBytes($"message-{i}")))], Cancellation);

        for (var i = 0; i < 2 * TursoWorld.Abstractions.Interruption.Most; i++)
        {
            await using var child = Start();
            await child.PrintedAsync("started");
            await child.KillAsync();
        }

        (await RunToTheEndAsync()).Should().Be(0);
        (await world.Queues.ListAsync(Cancellation)).Should().BeEmpty();
        foreach (var run in runs)
        {
            (await run.GetAsync(Cancellation)).Status.Should().Be(RunStatus.Completed);
        }
    }

    private ChildProcess Start() => ChildProcess.Start("poison", _folder.Database, _folder.Ledger);

    /// <summary>Starts the program again whenever it dies.</summary>
    /// <returns>How many times it died.</returns>
    private async Task<int> RunToTheEndAsync()
    {
        for (var deaths = 0; deaths < MostStarts; deaths++)
        {
            await using var child = Start();
            if (await child.WaitForExitAsync() == 0)
            {
                return deaths;
            }
        }

        throw new InvalidOperationException($"The program died {MostStarts} times.");
    }

    private static async Task<List<RunHandle<string>>> StartAllAsync(
        World world, WorkflowDefinition<string, string> workflow, bool poison = true)
    {
        var runs = new List<RunHandle<string>>();
        for (var i = 0; i < Innocent; i++)
        {
            runs.Add(await world.StartRunAsync(workflow, $"innocent-{i}", cancellationToken: Cancellation));
            if (poison && i == Innocent / 2)
            {
                runs.Add(await world.StartRunAsync(workflow, PoisonScenario.Poison, cancellationToken: Cancellation));
            }
        }

        return runs;
    }

    private static async Task ShouldEndAloneAsync(World world, List<RunHandle<string>> runs, string errorCode)
    {
        var failed = new List<WorkflowRun>();
        foreach (var run in runs)
        {
            var found = await run.GetAsync(Cancellation);
            if (found.Status != RunStatus.Completed)
            {
                failed.Add(found);
            }
        }

        failed.Should().ContainSingle().Which.Error!.Code.Should().Be(errorCode);
        Encoding.UTF8.GetString(failed[0].Input!.Value.Span).Should().Contain(PoisonScenario.Poison);
        (await world.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
    }
}
