using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class SagaConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly StepOptions Once = new() { Retry = RetryPolicy.None };

    private readonly ConcurrentQueue<string> _ledger = new();

    [Fact]
    public async Task A_saga_that_succeeds_undoes_nothing()
    {
        var result = await RunAsync(async saga =>
        {
            var room = await Room(saga);
            await Flight(saga);
            return room;
        });

        result.Should().Be("room 7");
        _ledger.Should().Equal("book room", "book flight");
    }

    [Fact]
    public async Task What_completed_is_undone_in_reverse_order_and_the_error_goes_on()
    {
        var failure = await FailAsync(async saga =>
        {
            await Room(saga);
            await Flight(saga);
            await saga.StepAsync("car", _ => throw new FatalStepException("no car"), Write("undo car"));
            return "";
        });

        failure.Error!.Message.Should().Be("no car");
        _ledger.Should().Equal("book room", "book flight", "undo flight", "undo room 7");
        var steps = (await failure.World.Steps.ListAsync(failure.RunId, cancellationToken: Limit)).Items;
        steps.Select(step => $"{step.StepName} {step.Status}").Should().Equal(
            "room Completed", "flight Completed", "car Failed", "undo-flight Completed", "undo-room Completed");
    }

    [Fact]
    public async Task An_undo_that_fails_for_good_stops_no_other_and_is_told_with_the_cause()
    {
        var failure = await FailAsync(async saga =>
        {
            await Room(saga);
            await saga.StepAsync("flight", Write("book flight"), _ => throw new FatalStepException("no refund"));
            throw new InvalidOperationException("changed my mind");
        });

        _ledger.Should().Equal("book room", "book flight", "undo room 7");
        failure.Error!.Code.Should().Be(ErrorCodes.CompensationFailed);
        failure.Error.Message.Should().Contain("no refund").And.Contain("changed my mind");
        failure.Error.Cause!.Message.Should().Be("changed my mind");
    }

    [Fact]
    public async Task Code_can_ask_which_undos_failed()
    {
        var result = await RunAsync(async flow =>
        {
            try
            {
                await flow.SagaAsync(async saga =>
                {
                    saga.OnFailure("mail", _ => throw new FatalStepException("no mail"));
                    await flow.StepAsync("fail", _ => throw new FatalStepException("bad"), Once);
                });
                return "";
            }
            catch (CompensationFailedException exception)
            {
                var cause = (StepFailedException)exception.InnerException!;
                return $"{cause.Error.Message}: {string.Join(", ", exception.Failures.Select(failure => failure.Message))}";
            }
        });

        result.Should().Be("bad: no mail");
    }

    [Fact]
    public async Task An_undo_is_tried_patiently()
    {
        var undos = 0;
        var workflow = Define(async (_, saga) =>
        {
            saga.OnFailure("undo", _ => ++undos < 9 ? throw new InvalidOperationException("later") : Task.CompletedTask);
            await Task.CompletedTask;
            throw new InvalidOperationException("bad");
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        for (var retry = 1; retry < 9; retry++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromMinutes(6));
        }

        (await FailureAsync(world, run)).Error!.Message.Should().Be("bad");
        undos.Should().Be(9);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_completes_after_the_failure_is_undone_as_well()
    {
        var hold = new Hold();
        var workflow = Define(async (_, saga) =>
        {
            var slow = saga.StepAsync("slow", async _ => await hold.PassAsync(), Write("undo slow"));
            var quick = saga.StepAsync("quick", _ => throw new FatalStepException("bad"), Write("undo quick"), Once);
            await await Task.WhenAny(slow, quick);
            return "";
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.TurnWritten, run.RunId, "5"); // the failure of the quick one

        hold.Release();

        (await FailureAsync(world, run)).Error!.Message.Should().Be("bad");
        _ledger.Should().Equal("undo slow");
    }

    [Fact]
    public async Task What_is_registered_in_front_is_undone_although_nothing_completed()
    {
        await FailAsync(async saga =>
        {
            saga.OnFailure("refund", Write("refund"));
            await saga.StepAsync("charge", _ => throw new FatalStepException("bad"), Write("undo charge"), Once);
            return "";
        });

        _ledger.Should().Equal("refund");
    }

    [Fact]
    public async Task Sagas_are_nested_and_an_undo_may_be_code_of_the_workflow()
    {
        var result = await RunAsync(async flow =>
        {
            try
            {
                return await flow.SagaAsync(async outer =>
                {
                    await Room(outer);
                    outer.OnFailure(async () =>
                    {
                        await flow.StepAsync("first", Write("first"));
                        await flow.TransactionAsync("second", (_, _) => Task.CompletedTask);
                    });
                    return await flow.SagaAsync<string>(async inner =>
                    {
                        await Flight(inner);
                        throw new InvalidOperationException("bad");
                    });
                });
            }
            catch (InvalidOperationException exception)
            {
                return exception.Message;
            }
        });

        result.Should().Be("bad");
        _ledger.Should().Equal("book room", "book flight", "undo flight", "first", "undo room 7");
    }

    [Fact]
    public async Task A_saga_whose_scope_is_cancelled_is_undone_in_full()
    {
        var result = await RunAsync(async flow =>
        {
            try
            {
                return await flow.ScopeAsync(scope => flow.SagaAsync(async saga =>
                {
                    await Room(saga);
                    saga.OnFailure("late", Write("undo late"));
                    var late = saga.StepAsync(
                        "late", step => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken), Write("never"));
                    await Flight(saga);
                    saga.OnFailure(() => flow.TransactionAsync("transact", (_, step) => Write("transact")(step)));
                    scope.Cancel();
                    await late;
                    return "";
                }));
            }
            catch (OperationCanceledException)
            {
                return "cancelled";
            }
        });

        result.Should().Be("cancelled");
        _ledger.Should().Equal("book room", "book flight", "transact", "undo flight", "undo late", "undo room 7");
    }

    [Fact]
    public async Task A_saga_that_is_over_is_refused()
    {
        var result = await RunAsync(async flow =>
        {
            Saga? kept = null;
            await flow.SagaAsync(saga =>
            {
                kept = saga;
                return Task.CompletedTask;
            });
            var late = () => kept!.OnFailure("late", Write("late"));
            return late.Should().Throw<InvalidOperationException>().Which.Message;
        });

        result.Should().Contain("over");
    }

    private Task<string> Room(Saga saga) => saga.StepAsync(
        "room",
        _ =>
        {
            _ledger.Enqueue("book room");
            return Task.FromResult("room 7");
        },
        (room, _) =>
        {
            _ledger.Enqueue($"undo {room}");
            return Task.CompletedTask;
        });

    private Task Flight(Saga saga) => saga.StepAsync("flight", Write("book flight"), Write("undo flight"));

    private Func<StepContext, Task> Write(string line) => _ =>
    {
        _ledger.Enqueue(line);
        return Task.CompletedTask;
    };

    private static WorkflowDefinition<string, string> Define(Func<WorkflowContext, Saga, Task<string>> body) =>
        Workflow.Define<string, string>("saga", (flow, _) => flow.SagaAsync(saga => body(flow, saga)));

    private Task<string> RunAsync(Func<Saga, Task<string>> body) => RunAsync(flow => flow.SagaAsync(body));

    private async Task<string> RunAsync(Func<WorkflowContext, Task<string>> body)
    {
        var workflow = Workflow.Define<string, string>("saga", (flow, _) => body(flow));
        var world = await Worlds.StartAsync(workflow);
        var result = await ResultAsync(world, await world.StartRunAsync(workflow, "", cancellationToken: Limit));
        await world.ShouldBeSoundAsync();
        return result;
    }

    private async Task<(World World, string RunId, StructuredError? Error)> FailAsync(Func<Saga, Task<string>> body)
    {
        var workflow = Define((_, saga) => body(saga));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        var failure = await FailureAsync(world, run);
        await world.ShouldBeSoundAsync();
        return (world, run.RunId, failure.Error);
    }
}
