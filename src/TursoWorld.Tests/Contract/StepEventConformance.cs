using System.Text.Json;
using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

public abstract class StepEventConformance(Backend backend) : WorkflowTests(backend)
{
    private const string StepId = "step_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    [Fact]
    public async Task A_step_is_created_started_retried_and_completed()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);

        var first = await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId) { OwnerMessageId = "msg_1" });
        Clock.Advance(TimeSpan.FromSeconds(1));
        await world.AddAsync(runId, new WorkflowEventData.StepRetrying(StepId, Bytes("devl[error]")));
        var second = await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));
        var done = await world.AddAsync(runId, new WorkflowEventData.StepCompleted(StepId, Bytes("42")));

        first.Step!.Should().Match<WorkflowStep>(step => step.Status == StepStatus.Running && step.Attempt == 1);
        first.Event.Should().BeOfType<WorkflowEvent.StepStarted>().Which.Should()
            .Match<WorkflowEvent.StepStarted>(e => e.Attempt == 1 && e.OwnerMessageId == "msg_1");
        second.Step!.Attempt.Should().Be(2);
        second.Step.StartedAt.Should().Be(first.Step!.StartedAt);
        second.Step.ErrorPayload!.Value.ToArray().Should().Equal(Bytes("devl[error]").ToArray());
        done.Step!.Status.Should().Be(StepStatus.Completed);
        done.Step.Input!.Value.ToArray().Should().Equal(Bytes("input").ToArray());
        done.Step.Output!.Value.ToArray().Should().Equal(Bytes("42").ToArray());
        (await world.Steps.GetAsync(runId, StepId, ResolveData.None, Limit)).Should().Be(done.Step with { Input = null, Output = null });
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_start_may_create_the_step_and_exactly_one_of_many_does()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var start = new WorkflowEventData.StepStarted(StepId)
        {
            Created = new WorkflowEventData.StepCreated(StepId, "charge", Bytes("input")),
        };

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => TryAsync(world, runId, start))));

        results.Should().ContainSingle(result => result.Done != null).Which.Done!.Should()
            .Match<EventResult>(done => done.StepCreated && done.Step!.Attempt == 1);
        results.Where(result => result.Done is null).Should().OnlyContain(result => result.Failure == "409 EVENT_CONFLICT");
        (await world.LogAsync(runId)).Select(e => e.GetType().Name)
            .Should().Equal("RunCreated", "RunStarted", "StepCreated", "StepStarted");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Exactly_one_of_many_concurrent_ends_of_a_step_wins()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => TryAsync(
            world, runId, i % 2 == 0 ? new WorkflowEventData.StepCompleted(StepId, null) : new WorkflowEventData.StepFailed(StepId, null)))));

        results.Should().ContainSingle(result => result.Done != null);
        results.Where(result => result.Done is null).Should().OnlyContain(result => result.Failure == "409 EVENT_CONFLICT");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Every_concurrent_start_of_a_step_gets_an_attempt_of_its_own()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);

        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => Task.Run(() => world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId)))));

        results.Select(result => result.Step!.Attempt).Order().Should().Equal(Enumerable.Range(1, 20));
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_attempt_before_its_time_is_refused_and_allowed_after()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));
        await world.AddAsync(runId, new WorkflowEventData.StepRetrying(StepId, null)
        {
            RetryAfter = Clock.GetUtcNow() + TimeSpan.FromSeconds(90.2),
        });

        var start = () => world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));

        var refusal = (await start.Should().ThrowAsync<TooEarlyException>()).Which;
        refusal.Should().Match<TooEarlyException>(e => e.HttpStatus == 425 && e.RetryAfter == TimeSpan.FromSeconds(91));
        Clock.Advance(TimeSpan.FromSeconds(90.2));
        (await start()).Step!.Should().Match<WorkflowStep>(step => step.Attempt == 2 && step.RetryAfter == null);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_that_has_ended_does_not_change()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        await world.AddAsync(runId, new WorkflowEventData.StepFailed(StepId, Bytes("error")));
        WorkflowEventData[] late =
        [
            new WorkflowEventData.StepCreated(StepId, "charge", null),
            new WorkflowEventData.StepStarted(StepId),
            new WorkflowEventData.StepCompleted(StepId, null),
            new WorkflowEventData.StepFailed(StepId, null),
            new WorkflowEventData.StepRetrying(StepId, null),
        ];

        foreach (var data in late)
        {
            (await TryAsync(world, runId, data)).Failure.Should().Be("409 EVENT_CONFLICT", "{0} was sent", data);
        }

        (await world.LogAsync(runId)).Should().HaveCount(4);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_a_runtime_has_measured_is_kept_with_the_end_of_a_step()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        await world.AddAsync(runId, new WorkflowEventData.StepCreated("step_2", "charge", null));
        var telemetry = JsonSerializer.SerializeToElement(new { ttfs = 1.5, stepCount = 3, optimizations = new[] { "inline" } });
        var text = JsonSerializer.SerializeToElement("text");

        var bad = await CodeAsync(world, runId, new WorkflowEventData.StepCompleted(StepId, null) { Telemetry = text });
        var completed = await world.AddAsync(runId, new WorkflowEventData.StepCompleted(StepId, null) { Telemetry = telemetry });
        await world.AddAsync(runId, new WorkflowEventData.StepFailed("step_2", null) { Telemetry = telemetry });

        bad.Should().Be("400 INVALID_EVENT");
        var log = await world.LogAsync(runId);
        JsonElement?[] kept =
        [
            ((WorkflowEvent.StepCompleted)completed.Event!).Telemetry,
            log.OfType<WorkflowEvent.StepCompleted>().Single().Telemetry,
            log.OfType<WorkflowEvent.StepFailed>().Single().Telemetry,
        ];
        kept.Should().OnlyContain(each => JsonElement.DeepEquals(each!.Value, telemetry));
    }

    [Fact]
    public async Task An_event_that_rests_on_a_state_from_before_a_payload_or_a_result_is_refused()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "token"));
        var seen = await SeenAsync(world, runId);
        WorkflowEventData[] decisions =
        [
            new WorkflowEventData.StepCreated("step_new", "charge", null),
            new WorkflowEventData.StepStarted(StepId),
            new WorkflowEventData.WaitCreated("wait_1", Clock.GetUtcNow()),
            new WorkflowEventData.HookCreated("hook_2", "other token"),
            new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["a"] = "1" }),
            new WorkflowEventData.RunCompleted(null),
            new WorkflowEventData.RunCancelled(),
        ];
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));
        (await CodeAsync(world, runId, new WorkflowEventData.WaitCreated("wait_0", Clock.GetUtcNow()), seen)).Should().Be("", "nothing came from elsewhere");

        await world.AddAsync(runId, new WorkflowEventData.HookReceived("hook_1", null));

        foreach (var data in decisions)
        {
            (await CodeAsync(world, runId, data, seen)).Should().Be("412 PRECONDITION_FAILED", "{0} was sent", data);
        }

        var afterPayload = await SeenAsync(world, runId);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await world.AddAsync(runId, new WorkflowEventData.StepCompleted(StepId, null));
        (await CodeAsync(world, runId, decisions[0], afterPayload)).Should().Be("412 PRECONDITION_FAILED", "a result came");
        (await CodeAsync(world, runId, decisions[0], await SeenAsync(world, runId))).Should().Be("");
        (await CodeAsync(world, runId, new WorkflowEventData.RunCompleted(null))).Should().Be("", "nobody asked for a state");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_delta_has_what_was_recorded_since()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        var seen = await world.Events.ListAsync(runId, cancellationToken: Limit);
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(StepId));

        var done = await world.Events.CreateAsync(
            runId,
            new WorkflowEventData.StepCompleted(StepId, Bytes("42")),
            new CreateEventOptions { SinceCursor = seen.Cursor },
            Limit);

        done.Log!.Items.Select(e => e.Position).Should().Equal(4, 5);
        (await world.Events.ListAsync(runId, new PageRequest { Cursor = done.Log.Cursor }, Limit)).Items.Should().BeEmpty();
    }

    private static async Task<CreateEventOptions> SeenAsync(World world, string runId) =>
        new() { StateUpdatedAt = (await world.LogAsync(runId))[^1].CreatedAt };

    private static async Task<(EventResult? Done, string? Failure)> TryAsync(World world, string runId, WorkflowEventData data)
    {
        try
        {
            return (await world.AddAsync(runId, data), null);
        }
        catch (WorldException exception)
        {
            return (null, $"{exception.HttpStatus} {exception.Code}");
        }
    }
}
