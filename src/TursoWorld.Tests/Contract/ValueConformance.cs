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
