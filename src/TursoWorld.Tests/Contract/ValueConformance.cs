using System.Text.Json;
using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

/// <summary>Payloads are opaque: whatever a runtime writes comes back as it was, wherever it was put.</summary>
public abstract class ValueConformance(Backend backend) : WorkflowTests(backend)
{
    private const string StepId = "step_1";
    private const string OtherStepId = "step_2";
    private const string HookId = "hook_1";

    public static TheoryData<string?> Values => new(
        null, "", "devl-1", "devl[null]", "devl[0]", "devl[\"\"]", "devl[false]", "devl[[\"Date\",\"2026-01-01T00:00:00.000Z\"]]",
        "devl[{\"a\":1},[2,3],1,2]", "null", "\0\u0001\ufffd\U0001F600");

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_comes_back_from_wherever_it_was_put(string? text)
    {
        var value = text is null ? (ReadOnlyMemory<byte>?)null : Bytes(text);
        var world = Worlds.Create();
        var runId = (await world.Events.CreateAsync(null, new WorkflowEventData.RunCreated("job", value), cancellationToken: Limit)).Run!.RunId;
        await world.AddAsync(runId, new WorkflowEventData.RunStarted());
        await world.AddAsync(runId, new WorkflowEventData.StepCreated(StepId, "charge", value));
        await world.AddAsync(runId, new WorkflowEventData.StepCreated(OtherStepId, "charge", value));
        await world.AddAsync(runId, new WorkflowEventData.StepCompleted(StepId, value));
        await world.AddAsync(runId, new WorkflowEventData.StepFailed(OtherStepId, value));
        await world.AddAsync(runId, new WorkflowEventData.HookCreated(HookId, "token") { Metadata = value });
        await world.AddAsync(runId, new WorkflowEventData.HookReceived(HookId, value));
        var metadata = (await world.Hooks.GetAsync(runId, HookId, cancellationToken: Limit)).Metadata;
        await world.AddAsync(runId, new WorkflowEventData.RunCompleted(value));

        var run = await world.Runs.GetAsync(runId, Limit);
        var step = await world.Steps.GetAsync(runId, StepId, cancellationToken: Limit);
        var failed = await world.Steps.GetAsync(runId, OtherStepId, cancellationToken: Limit);
        var log = (await world.LogAsync(runId)).Select(PayloadOf).ToList();

        var expected = Texts(value).Single();
        Texts(run.Input, run.Output, step.Input, step.Output, failed.Input, failed.ErrorPayload, metadata)
            .Should().OnlyContain(found => found == expected);
        Texts([.. log.Where((_, position) => position != 1)])
            .Should().HaveCount(8).And.OnlyContain(found => found == expected);
    }

    [Fact]
    public async Task What_is_given_along_with_an_event_is_kept_with_it()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);
        WorkflowEventData[] given =
        [
            new WorkflowEventData.StepCreated(StepId, "charge", null) { WorkflowName = "job" },
            new WorkflowEventData.StepStarted(StepId) { StepName = "charge", WorkflowName = "job" },
            new WorkflowEventData.StepRetrying(StepId, null) { StepName = "charge", WorkflowName = "job" },
            new WorkflowEventData.StepCompleted(StepId, null) { StepName = "charge", WorkflowName = "job" },
            new WorkflowEventData.StepStarted(OtherStepId)
            {
                Created = new WorkflowEventData.StepCreated(OtherStepId, "charge", null),
                StepName = "charge",
                WorkflowName = "job",
            },
            new WorkflowEventData.StepFailed(OtherStepId, null) { StepName = "charge", WorkflowName = "job" },
            new WorkflowEventData.HookCreated(HookId, "token"),
            new WorkflowEventData.HookReceived(HookId, null) { Token = "token" },
            new WorkflowEventData.HookDisposed(HookId) { Token = "token" },
            new WorkflowEventData.WaitCreated("wait_1", at),
            new WorkflowEventData.WaitCompleted("wait_1") { ResumeAt = at },
        ];
        foreach (var data in given)
        {
            var answer = await world.Events.CreateAsync(runId, data, new() { RequestId = "req_1" }, Limit);
            answer.Event!.RequestId.Should().Be("req_1");
        }

        var log = await world.LogAsync(runId);

        log.Skip(2).Select(AlongWith).Should().Equal(
            "StepCreated charge job", "StepStarted charge job", "StepRetrying charge job", "StepCompleted charge job",
            "StepCreated charge", "StepStarted charge job", "StepFailed charge job",
            "HookCreated token", "HookReceived token", "HookDisposed token",
            "WaitCreated 2030-03-17", "WaitCompleted 2030-03-17");
        log.Skip(2).Should().OnlyContain(e => e.RequestId == "req_1");
    }

    [Fact]
    public async Task A_start_that_stores_its_run_keeps_it_with_both_events()
    {
        var world = Worlds.Create();
        var runId = world.Shared.Ids.NewRunId();
        var start = new WorkflowEventData.RunStarted { Created = new WorkflowEventData.RunCreated("job", null) };

        var answer = await world.Events.CreateAsync(runId, start, new() { RequestId = "req_1" }, Limit);

        answer.Event.Should().BeOfType<WorkflowEvent.RunStarted>().Which.RequestId.Should().Be("req_1");
        (await world.LogAsync(runId)).Should().HaveCount(2).And.OnlyContain(e => e.RequestId == "req_1");
    }

    [Fact]
    public async Task What_a_foreign_runtime_gives_along_may_be_nested_deeply()
    {
        var world = Worlds.Create();
        var deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));
        using var context = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 200 });

        var created = await world.Events.CreateAsync(
            null, new WorkflowEventData.RunCreated("job", null) { ExecutionContext = context.RootElement }, cancellationToken: Limit);

        (await world.Runs.GetAsync(created.Run!.RunId, Limit)).ExecutionContext!.Value.GetRawText().Should().Be(deep);
    }

    [Fact]
    public async Task What_cannot_be_kept_with_an_event_is_refused()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync(StepId);
        var started = new WorkflowEventData.StepStarted(StepId);

        string[] answers =
        [
            await CodeAsync(world, runId, started with { StepName = "" }),
            await CodeAsync(world, runId, started with { WorkflowName = "half \ud83d" }),
            await CodeAsync(world, runId, started with { OwnerMessageId = new string('m', 257) }),
            await CodeAsync(world, runId, new WorkflowEventData.RunCancelled("half \ud83d")),
            await CodeAsync(world, runId, new WorkflowEventData.RunFailed(null) { ErrorCode = "half \ud83d" }),
            await CodeAsync(world, runId, new WorkflowEventData.StepCreated("nul\0", "charge", null)),
            await CodeAsync(world, null, new WorkflowEventData.RunCreated("job", null) { DeploymentId = new string('d', 1_025) }),
            await CodeAsync(world, runId, new WorkflowEventData.AttributesSet(null!)),
            await CodeAsync(world, runId, started, new() { RequestId = new string('r', 257) }),
            await CodeAsync(world, runId, new WorkflowEventData.HookReceived(HookId, null) { Token = new string('t', 1_025) }),
        ];

        answers.Should().OnlyContain(answer => answer == "400 INVALID_EVENT");
        (await world.LogAsync(runId)).Should().HaveCount(3);
    }

    private static string AlongWith(WorkflowEvent source) => source.GetType().Name + source switch
    {
        WorkflowEvent.StepCreated e => Words(e.StepName, e.WorkflowName),
        WorkflowEvent.StepStarted e => Words(e.StepName, e.WorkflowName),
        WorkflowEvent.StepRetrying e => Words(e.StepName, e.WorkflowName),
        WorkflowEvent.StepCompleted e => Words(e.StepName, e.WorkflowName),
        WorkflowEvent.StepFailed e => Words(e.StepName, e.WorkflowName),
        WorkflowEvent.HookCreated e => Words(e.Token),
        WorkflowEvent.HookReceived e => Words(e.Token),
        WorkflowEvent.HookDisposed e => Words(e.Token),
        WorkflowEvent.WaitCreated e => $" {e.ResumeAt:yyyy-MM-dd}",
        WorkflowEvent.WaitCompleted e => $" {e.ResumeAt:yyyy-MM-dd}",
        _ => "",
    };

    private static string Words(params string?[] words) => string.Concat(words.Where(word => word is not null).Select(word => $" {word}"));

    private static IEnumerable<string> Texts(params ReadOnlyMemory<byte>?[] values) =>
        values.Select(value => $"{Convert.ToHexString(value.GetValueOrDefault().Span)} {value.HasValue}");

    private static ReadOnlyMemory<byte>? PayloadOf(WorkflowEvent source) => source switch
    {
        WorkflowEvent.RunCreated e => e.Input,
        WorkflowEvent.RunCompleted e => e.Output,
        WorkflowEvent.StepCreated e => e.Input,
        WorkflowEvent.StepCompleted e => e.Output,
        WorkflowEvent.StepFailed e => e.ErrorPayload,
        WorkflowEvent.HookCreated e => e.Metadata,
        WorkflowEvent.HookReceived e => e.Payload,
        _ => null,
    };
}

public sealed class SqliteFileValueTests() : ValueConformance(Backend.SqliteFile);

public sealed class SqliteMemoryValueTests() : ValueConformance(Backend.SqliteMemory);
