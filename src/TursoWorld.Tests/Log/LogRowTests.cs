using System.Collections.ObjectModel;
using System.Reflection;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Log;
using Xunit;

namespace TursoWorld.Tests.Log;

/// <summary>What goes into a row of the log comes out of it.</summary>
public sealed class LogRowTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly StructuredError Error = new() { Code = "E", Message = "failed", Cause = new() { Code = "C", Message = "why" } };

    public static TheoryData<byte[]> Payloads =>
    [
        "{\"a\":[1,2.50,\"\\u00e9\",null]}"u8.ToArray(),
        "null"u8.ToArray(),
        "\"tschüß 🐢\""u8.ToArray(),
        "1E+2"u8.ToArray(),
        "{\"a\":1,\"a\":2}"u8.ToArray(),
        Array.Empty<byte>(),
        new byte[] { 0 },
        new byte[] { 0xFF, 0xFE },
        "\"half \xC3\""u8.ToArray()[..^2],
        " 1"u8.ToArray(),
        "1\n"u8.ToArray(),
        "1 2"u8.ToArray(),
        "{\"a\":1,}"u8.ToArray(),
        "{\"a\":1"u8.ToArray(),
        "[]]"u8.ToArray(),
        "// a"u8.ToArray(),
        "devl[1]"u8.ToArray(),
        Encoding.UTF8.GetBytes(new string('[', 300) + new string(']', 300)),
        Encoding.UTF8.GetBytes($"\"{new string('x', 200_000)}\""),
    ];

    [Fact]
    public void Every_type_of_event_comes_back_as_it_was()
    {
        var events = Samples();
        var cases = typeof(WorkflowEvent).GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(typeof(WorkflowEvent)));
        events.Select(source => source.GetType()).Distinct().Should().BeEquivalentTo(cases.Except([typeof(WorkflowEvent.ChildEnded)]));

        var read = ReadBack(LogRows.Of([.. events.Select(source => EventCodec.Write(source, PayloadCodecs.None))], isPlaced: true));

        read.Should().HaveSameCount(events);
        for (var i = 0; i < events.Count; i++)
        {
            EventCodec.Read(read[i], PayloadCodecs.None).Should().BeEquivalentTo(
                events[i],
                options => options.RespectingRuntimeTypes().Excluding(source => source.Position)
                    .Excluding(member => member.Name == "ErrorPayload")
                    .Using<ReadOnlyMemory<byte>?>(bytes => Text(bytes.Subject).Should().Be(Text(bytes.Expectation))).WhenTypeIs<ReadOnlyMemory<byte>?>()
                    .Using<JsonElement?>(json => json.Subject?.GetRawText().Should().Be(json.Expectation?.GetRawText())).WhenTypeIs<JsonElement?>());
        }
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_payload_comes_back_byte_for_byte(byte[] payload)
    {
        var before = new WorkflowEvent.HookReceived("hook_1", new byte[] { 1, 2, 3 }) { Position = 0, CreatedAt = At };
        var source = new WorkflowEvent.StepCompleted("step_1", payload) { Position = 0, CreatedAt = At };
        var after = new WorkflowEvent.HookReceived("hook_2", new byte[] { 4 }) { Position = 0, CreatedAt = At };

        var rows = LogRows.Of([.. new WorkflowEvent[] { before, source, after }.Select(each => EventCodec.Write(each, PayloadCodecs.None))], isPlaced: false);
        var read = ReadBack(rows);

        read.Select(stored => stored.Payload!.Value.ToArray()).Should().SatisfyRespectively(
            first => first.Should().Equal(1, 2, 3),
            second => second.Should().Equal(payload),
            third => third.Should().Equal(4));
        rows.Should().OnlyContain(row => JsonDocument.Parse(row.Events, new JsonDocumentOptions { MaxDepth = 500 }).RootElement.GetArrayLength() == row.Count);
    }

    [Fact]
    public void A_long_payload_stands_beside_the_events_where_a_fold_does_not_read_it()
    {
        var row = LogRows.Of([Received("hook_1", new string('x', 2_000))], isPlaced: false).Single();

        row.Events.Length.Should().BeLessThan(100);
        row.Payloads!.Value.Length.Should().Be(2_002);
        var bare = new LogRow { first = 1, events = row.Events.ToArray(), is_bare = 1 }.Read().Single();
        bare.Payload.HasValue.Should().BeTrue("there is one");
        bare.Payload!.Value.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void An_absent_payload_and_an_empty_one_are_different()
    {
        var absent = EventCodec.Write(new WorkflowEvent.StepCompleted("step_1", null) { Position = 0, CreatedAt = At }, PayloadCodecs.None);
        var empty = EventCodec.Write(
            new WorkflowEvent.StepCompleted("step_2", ReadOnlyMemory<byte>.Empty) { Position = 0, CreatedAt = At }, PayloadCodecs.None);

        var read = ReadBack(LogRows.Of([absent, empty], isPlaced: false));

        read[0].Payload.Should().BeNull();
        read[1].Payload!.Value.IsEmpty.Should().BeTrue();
    }

    [Fact]
    public void A_short_event_is_a_short_text()
    {
        var events = new WorkflowEvent[]
        {
            new WorkflowEvent.StepCompleted("step_1", "{\"total\":12}"u8.ToArray()) { Position = 2, CreatedAt = At },
            new WorkflowEvent.StepCreated("step_2", "ship") { Position = 3, CreatedAt = At },
            new WorkflowEvent.RunPaused { Position = 4, CreatedAt = At.AddSeconds(1) },
        };

        var row = LogRows.Of([.. events.Select(source => EventCodec.Write(source, PayloadCodecs.None))], isPlaced: true).Single();

        Text(row.Events).Should().Be($"""
            [["step_completed","step_1",{"{"}"at":{At.ToUnixTimeMilliseconds()}{"}"},{"{"}"total":12{"}"}],["step_created","step_2",{"{"}"stepName":"ship","at":{At.ToUnixTimeMilliseconds()}{"}"}],["run_paused"]]
            """);
        (row.Count, row.CreatedAt, row.CorrelationId, row.Payloads).Should().Be((3, At.AddSeconds(1).ToUnixTimeMilliseconds(), null, null));
    }

    [Fact]
    public void A_large_append_is_several_rows_and_a_row_has_one_long_id()
    {
        var large = Enumerable.Range(0, 10).Select(i => Received($"hook_{i}", new string('x', 20_000)));
        var many = Enumerable.Range(0, 2_500).Select(i => Received($"hook_{i}", ""));
        var ids = new[] { "an-id-of-more-than-20-characters", "short", "an-id-of-more-than-20-characters", "another-one-with-more-than-20" };

        Counts(large).Should().Equal(3, 3, 3, 1);
        Counts(many).Should().Equal(1_000, 1_000, 500);
        LogRows.Of([.. ids.Select(id => Received(id, ""))], isPlaced: false).Select(row => (row.Count, row.CorrelationId))
            .Should().Equal((3, ids[0]), (1, ids[3]));

        static IEnumerable<int> Counts(IEnumerable<StoredEvent> events) => LogRows.Of([.. events], isPlaced: false).Select(row => row.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("{}")]
    [InlineData("[[]]")]
    [InlineData("[[1]]")]
    [InlineData("[[\"run_started\",1]]")]
    [InlineData("[[\"run_started\",null,[]]]")]
    [InlineData("[[\"run_started\",null,{},1,2]]")]
    [InlineData("[[\"run_started\",null,{\"bytes\":[0,1]}]]")]
    [InlineData("[[\"run_started\"]]x")]
    public void A_row_that_is_not_what_the_library_writes_is_refused(string events)
    {
        var read = () => new LogRow { first = 1, events = Encoding.UTF8.GetBytes(events) }.Read();

        read.Should().Throw<StorageException>().Which.Code.Should().Be(ErrorCodes.DatabaseCorrupt);
    }

    private static StoredEvent Received(string hookId, string payload) => EventCodec.Write(
        new WorkflowEvent.HookReceived(hookId, Encoding.UTF8.GetBytes($"\"{payload}\"")) { Position = 0, CreatedAt = At }, PayloadCodecs.None);

    private static List<StoredEvent> ReadBack(IReadOnlyList<NewLogRow> rows)
    {
        var read = new List<StoredEvent>();
        foreach (var row in rows)
        {
            var stored = new LogRow
            {
                first = read.Count + 1,
                created_at = row.CreatedAt,
                events = row.Events.ToArray(),
                payloads = row.Payloads?.ToArray(),
            };
            read.AddRange(stored.Read());
        }

        read.Select(stored => stored.Position).Should().Equal(Enumerable.Range(1, read.Count).Select(i => (long)i));
        return read;
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.UTF8.GetString(some.Span) : null;

    private static List<WorkflowEvent> Samples()
    {
        var json = JsonDocument.Parse("{\"x\":[1]}").RootElement;
        ReadOnlyMemory<byte> payload = "{\"y\":2}"u8.ToArray();
        var changes = new ReadOnlyDictionary<string, string?>(new Dictionary<string, string?> { ["a"] = "1", ["b"] = null });
        var attributes = new ReadOnlyDictionary<string, string>(new Dictionary<string, string> { ["a"] = "1" });
        return
        [
            new WorkflowEvent.RunCreated(payload)
            {
                Position = 1, CreatedAt = At, DeploymentId = "d", ExecutionContext = json, Attributes = attributes, ContinuedFromRunId = "wrun_1",
            },
            new WorkflowEvent.RunStarted { Position = 2, CreatedAt = At.AddSeconds(1), OccurredAt = At, RequestId = "r" },
            new WorkflowEvent.RunCompleted(payload) { Position = 3, CreatedAt = At, ContinuedToRunId = "wrun_2" },
            new WorkflowEvent.RunFailed(Error) { Position = 4, CreatedAt = At },
            new WorkflowEvent.RunCancelled("why") { Position = 5, CreatedAt = At, Code = "C" },
            new WorkflowEvent.RunPaused { Position = 6, CreatedAt = At },
            new WorkflowEvent.RunResumed { Position = 7, CreatedAt = At },
            new WorkflowEvent.AttributesSet(changes, new AttributeWriter("step_1", 2)) { Position = 8, CreatedAt = At, AttributeId = "attr", IsByCode = true },
            new WorkflowEvent.StateSet("key", payload) { Position = 9, CreatedAt = At },
            new WorkflowEvent.StateSet("key", null) { Position = 10, CreatedAt = At },
            new WorkflowEvent.StepCreated("step_1", "one") { Position = 11, CreatedAt = At, Input = payload, Mode = StepMode.Queued, Options = json, WorkflowName = "w" },
            new WorkflowEvent.StepCreated("step_2", "two") { Position = 12, CreatedAt = At, AwaitsSlot = true },
            new WorkflowEvent.StepStarted("step_1", 3) { Position = 13, CreatedAt = At, OwnerMessageId = "m", StepName = "s", WorkflowName = "w" },
            new WorkflowEvent.StepCompleted("step_1", payload) { Position = 14, CreatedAt = At, Telemetry = json, StepName = "s", WorkflowName = "w" },
            new WorkflowEvent.StepFailed("step_1", Error) { Position = 15, CreatedAt = At, Telemetry = json, StepName = "s", WorkflowName = "w" },
            new WorkflowEvent.StepCancelled("step_1") { Position = 16, CreatedAt = At },
            new WorkflowEvent.StepRetrying("step_1", 2, At.AddMinutes(1), Error) { Position = 17, CreatedAt = At, Interruptions = 1, StepName = "s", WorkflowName = "w" },
            new WorkflowEvent.StepRetrying("step_1", 2, null, null) { Position = 18, CreatedAt = At },
            new WorkflowEvent.WaitCreated("wait_1", At.AddDays(1)) { Position = 19, CreatedAt = At },
            new WorkflowEvent.WaitCompleted("wait_1") { Position = 20, CreatedAt = At, ResumeAt = At },
            new WorkflowEvent.WaitCancelled("wait_1") { Position = 21, CreatedAt = At },
            new WorkflowEvent.HookCreated("hook_1", "token") { Position = 22, CreatedAt = At, Metadata = payload, IsWebhook = true, IsSystem = false },
            new WorkflowEvent.HookConflict("hook_1", "token") { Position = 23, CreatedAt = At, ConflictingRunId = "wrun_3" },
            new WorkflowEvent.HookReceived("hook_1", payload) { Position = 24, CreatedAt = At, Token = "token" },
            new WorkflowEvent.HookDisposed("hook_1") { Position = 25, CreatedAt = At, Token = "token" },
            new WorkflowEvent.ChildStarted("child_1", "wrun_4", "w", 2) { Position = 26, CreatedAt = At, ParentClosePolicy = ParentClosePolicy.Abandon },
            new WorkflowEvent.ChildCancelled("child_1") { Position = 27, CreatedAt = At },
        ];
    }
}
