using FluentAssertions;
using TursoWorld.Log;
using TursoWorld.Tests.Contract;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Attempts as the log tells them.</summary>
public sealed class AttemptHistoryTests() : WorkflowTests(Backend.SqliteMemory)
{
    private const string ForeignStepId = "step_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    [Fact]
    public void Failed_attempts_and_a_completed_one() =>
        Told(new History().Step(1, "a").Retries(1, 1, 9).Begins(1, 2).Retries(1, 2, 9).Begins(1, 3).Completes(1, "b"))
            .Should().Equal("1 Failed 1-2 again", "2 Failed 3-4 again", "3 Completed 5-6 ");

    [Fact]
    public void An_attempt_without_an_end_that_another_one_follows_was_interrupted() =>
        Told(new History().Step(1, "a").Begins(1, 2).Fails(1, "bad")).Should().Equal("1 Interrupted 1- ", "2 Failed 2-3 bad");

    [Fact]
    public void The_last_attempt_that_was_interrupted_has_the_error_of_the_step()
    {
        var log = new History().Step(1, "a").Events.Append(new WorkflowEvent.StepFailed(
            "step_1", new StructuredError { Code = ErrorCodes.StepInterrupted, Message = "gone" })
        { Position = 2, CreatedAt = History.At(2) });

        Told(log).Should().Equal("1 Interrupted 1- gone");
    }

    [Fact]
    public void An_attempt_ends_when_the_code_cancels_its_step_unless_it_had_ended()
    {
        Told(new History().Step(1, "a").Retries(1, 1, 9).Begins(1, 2).CancelsStep(1))
            .Should().Equal("1 Failed 1-2 again", "2 Cancelled 3-4 ");
        Told(new History().Step(1, "a").Retries(1, 1, 9).CancelsStep(1)).Should().Equal("1 Failed 1-2 again");
        Told(new History().Step(1, "a").Completes(1, "b").CancelsStep(1)).Should().Equal("1 Completed 1-2 ");
    }

    [Fact]
    public void An_attempt_that_was_given_back_does_not_count()
    {
        var givenBack = new WorkflowEvent.StepRetrying("step_1", 0, History.Start, Error: null)
        { Position = 2, CreatedAt = History.At(2) };
        var log = new History().Step(1, "a").Events.Append(givenBack);

        Told(log).Should().BeEmpty();
        Told([.. log, new WorkflowEvent.StepStarted("step_1", 1) { Position = 3, CreatedAt = History.At(3) }])
            .Should().Equal("1 Running 3- ");
    }

    [Fact]
    public async Task Attempts_of_foreign_runtimes_are_told_as_well()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(ForeignStepId);
        var created = await world.Steps.ListAttemptsAsync(runId, ForeignStepId, Limit);
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(ForeignStepId));
        Clock.Advance(TimeSpan.FromSeconds(1));
        await world.AddAsync(runId, new WorkflowEventData.StepRetrying(ForeignStepId, ForeignRun.Bytes("devl[error]")));
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(ForeignStepId));
        await world.AddAsync(runId, new WorkflowEventData.StepStarted(ForeignStepId));
        await world.AddAsync(runId, new WorkflowEventData.StepCompleted(ForeignStepId, null));

        var attempts = await world.Steps.ListAttemptsAsync(runId, ForeignStepId, Limit);

        created.Should().BeEmpty("nobody has begun");
        attempts.Select(attempt => (attempt.Attempt, attempt.Status)).Should().Equal(
            (1, StepAttemptStatus.Failed), (2, StepAttemptStatus.Interrupted), (3, StepAttemptStatus.Completed));
        attempts[0].ErrorPayload!.Value.ToArray().Should().Equal(ForeignRun.Bytes("devl[error]").ToArray());
        (attempts[0].EndedAt - attempts[0].StartedAt).Should().Be(TimeSpan.FromSeconds(1));
    }

    private static IEnumerable<string> Told(History history) => Told(history.Events);

    private static IEnumerable<string> Told(IEnumerable<WorkflowEvent> events)
    {
        var history = new AttemptHistory(isForeign: false);
        foreach (var next in events)
        {
            history.Add(next);
        }

        return history.Attempts.Select(attempt =>
            $"{attempt.Attempt} {attempt.Status} {Second(attempt.StartedAt)}-{Second(attempt.EndedAt)} {attempt.Error?.Message}");
    }

    private static string Second(DateTimeOffset? instant) => $"{(instant - History.Start)?.TotalSeconds}";
}
