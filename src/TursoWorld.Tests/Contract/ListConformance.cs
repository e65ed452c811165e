using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;
using static TursoWorld.Tests.Contract.ForeignRun;

namespace TursoWorld.Tests.Contract;

public abstract class ListConformance(Backend backend) : WorkflowTests(backend)
{
    [Theory]
    [InlineData(SortOrder.Ascending)]
    [InlineData(SortOrder.Descending)]
    public async Task Pages_neither_skip_nor_repeat_while_rows_arrive(SortOrder order)
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        for (var i = 0; i < 30; i++)
        {
            await world.AddAsync(runId, new WorkflowEventData.StepCreated($"step_{i}", "name", null));
        }

        var seen = new List<long>();
        var page = new PageRequest { Limit = 4, Order = order };
        var writer = Task.Run(async () =>
        {
            for (var i = 30; i < 60; i++)
            {
                await world.AddAsync(runId, new WorkflowEventData.StepCreated($"step_{i}", "name", null));
            }
        }, Limit);
        while (true)
        {
            var read = await world.Events.ListAsync(runId, page, Limit);
            seen.AddRange(read.Items.Select(e => e.Position));
            page = page with { Cursor = read.Cursor };
            if (!read.HasMore && writer.IsCompleted && (order == SortOrder.Descending || seen.Count == 62))
            {
                break;
            }
        }

        await writer;
        var expected = order == SortOrder.Ascending
            ? Enumerable.Range(1, 62).Select(i => (long)i)
            : Enumerable.Range(1, (int)seen[0]).Reverse().Select(i => (long)i);
        seen.Should().Equal(expected);
    }

    [Fact]
    public async Task Every_list_reads_both_ways()
    {
        var world = Worlds.Create();
        var runIds = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            runIds.Add(await world.RunningAsync());
            await world.AddAsync(runIds[0], new WorkflowEventData.StepCreated($"step_{i}", "name", null));
            await world.AddAsync(runIds[0], new WorkflowEventData.HookCreated($"hook_{i}", $"token {i}"));
            await world.AddAsync(runIds[0], new WorkflowEventData.WaitCreated($"wait_{i}", Clock.GetUtcNow()));
        }

        await ShouldReadBothWaysAsync(
            page => world.Runs.ListAsync(null, page, Limit), run => run.RunId, runIds);
        await ShouldReadBothWaysAsync(
            page => world.Steps.ListAsync(runIds[0], page, Limit), step => step.StepId, Ids("step"));
        await ShouldReadBothWaysAsync(
            page => world.Hooks.ListAsync(runIds[0], page, Limit), hook => hook.HookId, Ids("hook"));
        await ShouldReadBothWaysAsync(
            page => world.Waits.ListAsync(runIds[0], page, Limit), wait => wait.WaitId, Ids("wait"));
    }

    [Fact]
    public async Task Runs_are_found_by_what_is_known_of_them()
    {
        var world = Worlds.Create();
        var first = await world.RunningAsync();
        await world.AddAsync(first, new WorkflowEventData.AttributesSet(new Dictionary<string, string?> { ["a\"b"] = "1" }));
        Clock.Advance(TimeSpan.FromSeconds(1));
        var at = Clock.GetUtcNow();
        var second = await world.CreatedAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));
        var third = await world.RunningAsync();
        await world.AddAsync(third, new WorkflowEventData.RunCompleted(null));

        (await FindAsync(world, new RunQuery { Statuses = [RunStatus.Running, RunStatus.Pending] })).Should().Equal(first, second);
        (await FindAsync(world, new RunQuery { Statuses = [] })).Should().BeEmpty();
        (await FindAsync(world, new RunQuery { Status = RunStatus.Completed })).Should().Equal(third);
        (await FindAsync(world, new RunQuery { Attribute = new("a\"b", "1") })).Should().Equal(first);
        (await FindAsync(world, new RunQuery { Attribute = new("a\"b", "2") })).Should().BeEmpty();
        (await FindAsync(world, new RunQuery { CreatedFrom = at })).Should().Equal(second, third);
        (await FindAsync(world, new RunQuery { CreatedFrom = at, CreatedBefore = at + TimeSpan.FromSeconds(1) })).Should().Equal(second);
        (await FindAsync(world, new RunQuery { WorkflowName = "other" })).Should().BeEmpty();
    }

    [Fact]
    public async Task Events_are_found_by_what_they_are_about()
    {
        var world = Worlds.Create();
        const string Long = "step_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        var (first, second) = (await world.WithStepAsync(Long), await world.WithStepAsync("step_1"));
        var third = await world.WithStepAsync("step_1");
        await world.AddAsync(first, new WorkflowEventData.StepStarted(Long));

        var byLong = await world.Events.ListByCorrelationIdAsync(Long, cancellationToken: Limit);
        var byShort = await world.Events.ListByCorrelationIdAsync(
            "step_1", new PageRequest { Order = SortOrder.Descending, Limit = 1 }, Limit);

        byLong.Items.Select(item => (item.RunId, item.Event.GetType().Name))
            .Should().Equal((first, "StepCreated"), (first, "StepStarted"));
        byShort.Items.Should().ContainSingle().Which.RunId.Should().Be(third);
        byShort.HasMore.Should().BeTrue();
        (await world.Events.ListByCorrelationIdAsync(
            "step_1", new PageRequest { Order = SortOrder.Descending, Cursor = byShort.Cursor }, Limit))
            .Items.Should().ContainSingle().Which.RunId.Should().Be(second);
    }

    [Fact]
    public async Task Every_kind_of_event_with_a_long_id_is_found_by_it()
    {
        const string Hook = "hook_01ARZ3NDEKTSV4RRFFQ69G5FAV";
        const string Key = "a key of more than twenty characters";
        var remembering = Workflow.Define<string, string>("remembering", (flow, _) =>
        {
            flow.State.Set(Key, "value");
            return Task.FromResult("");
        });
        var world = await Worlds.StartAsync(remembering);
        var runId = await world.RunningAsync();
        await world.AddAsync(runId, new WorkflowEventData.HookCreated(Hook, "token"));
        await world.ResumeHookAsync("token", "payload", Limit);
        await world.AddAsync(runId, new WorkflowEventData.HookDisposed(Hook));
        await (await world.StartRunAsync(remembering, "", cancellationToken: Limit)).ResultAsync(Limit);

        (await TypesAsync(Hook)).Should().Equal("HookCreated", "HookReceived", "HookDisposed");
        (await TypesAsync(Key)).Should().Equal("StateSet");

        async Task<IEnumerable<string>> TypesAsync(string correlationId) =>
            (await world.Events.ListByCorrelationIdAsync(correlationId, cancellationToken: Limit)).Items.Select(item => item.Event.GetType().Name);
    }

    [Fact]
    public async Task Without_data_payloads_are_hidden_and_errors_are_not()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync("step_1");
        await world.AddAsync(runId, new WorkflowEventData.StepFailed("step_1", Bytes("error")));
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "token") { Metadata = Bytes("meta") });
        await world.AddAsync(runId, new WorkflowEventData.HookReceived("hook_1", Bytes("payload")));
        var page = new PageRequest { Data = ResolveData.None };

        (await world.Runs.GetAsync(runId, ResolveData.None, Limit)).Input.Should().BeNull();
        (await world.Steps.ListAsync(runId, page, Limit)).Items.Single()
            .Should().Match<WorkflowStep>(step => step.Input == null && step.ErrorPayload != null);
        (await world.Hooks.GetAsync(runId, "hook_1", ResolveData.None, Limit)).Metadata.Should().BeNull();
        var log = (await world.Events.ListAsync(runId, page, Limit)).Items;
        log.OfType<WorkflowEvent.HookReceived>().Single().Payload.Should().BeNull();
        log.OfType<WorkflowEvent.HookCreated>().Single().Should().Match<WorkflowEvent.HookCreated>(
            e => e.Metadata == null && e.Token == "token");
        var completed = await world.Events.CreateAsync(
            runId, new WorkflowEventData.RunCompleted(Bytes("10")), new CreateEventOptions { ResolveData = ResolveData.None }, Limit);
        completed.Run!.Output.Should().BeNull();
        ((WorkflowEvent.RunCompleted)completed.Event!).Output.Should().BeNull();
    }

    [Fact]
    public async Task Absent_and_empty_payloads_are_different()
    {
        var world = Worlds.Create();
        foreach (var input in new ReadOnlyMemory<byte>?[] { null, ReadOnlyMemory<byte>.Empty, Bytes("0"), Bytes("\"\""), Bytes("false") })
        {
            var created = await world.Events.CreateAsync(null, new WorkflowEventData.RunCreated("job", input), cancellationToken: Limit);

            var read = (await world.Runs.GetAsync(created.Run!.RunId, Limit)).Input;

            read.HasValue.Should().Be(input.HasValue);
            read.GetValueOrDefault().ToArray().Should().Equal(input.GetValueOrDefault().ToArray());
        }
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync("step_1");
        var cursor = (await world.Events.ListAsync(runId, cancellationToken: Limit)).Cursor;

        foreach (var bad in new[] { "", "x", "7", "e+", "e+-1", "e-4", "e+99999999999999999999", cursor + " " })
        {
            var list = () => world.Events.ListAsync(runId, new PageRequest { Cursor = bad }, Limit);
            await list.Should().ThrowAsync<InvalidCursorException>("'{0}' was sent", bad);
        }

        var steps = () => world.Steps.ListAsync(runId, new PageRequest { Cursor = cursor }, Limit);
        await steps.Should().ThrowAsync<InvalidCursorException>();
        Enum.GetValues<PagedList>().Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_reader_of_hooks_does_not_miss_one_that_comes_after_the_latest_is_gone()
    {
        var world = Worlds.Create();
        var runId = await world.RunningAsync();
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_1", "one"));
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_2", "two"));
        var seen = await world.Hooks.ListAsync(runId, cancellationToken: Limit);
        await world.AddAsync(runId, new WorkflowEventData.HookDisposed("hook_2"));
        await world.AddAsync(runId, new WorkflowEventData.HookCreated("hook_3", "three"));

        var next = await world.Hooks.ListAsync(runId, new PageRequest { Cursor = seen.Cursor }, Limit);

        next.Items.Should().ContainSingle().Which.HookId.Should().Be("hook_3");
    }

    [Fact]
    public async Task A_query_that_cannot_be_meant_is_refused()
    {
        var world = Worlds.Create();
        await world.RunningAsync();
        var status = new RunQuery { Statuses = [(RunStatus)77] };
        var attribute = new RunQuery { Attribute = default(KeyValuePair<string, string>) };

        await FluentActions.Awaiting(() => world.Runs.ListAsync(status, null, Limit)).Should().ThrowAsync<ArgumentException>();
        await FluentActions.Awaiting(() => world.CancelRunsAsync(attribute, null, Limit)).Should().ThrowAsync<ArgumentException>();

        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().OnlyContain(run => run.Status == RunStatus.Running);
    }

    [Fact]
    public async Task One_event_is_read_by_its_id()
    {
        var world = Worlds.Create();
        var runId = await world.WithStepAsync("step_1");

        (await world.Events.GetAsync(runId, "evnt_00000000000000000000000003", cancellationToken: Limit))
            .Should().BeOfType<WorkflowEvent.StepCreated>();
        var missing = () => world.Events.GetAsync(runId, "evnt_00000000000000000000000004", cancellationToken: Limit);
        (await missing.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.EventNotFound);
        var bad = () => world.Events.GetAsync(runId, "3", cancellationToken: Limit);
        await bad.Should().ThrowAsync<InvalidEventException>();
    }

    private static async Task<IEnumerable<string>> FindAsync(World world, RunQuery query) =>
        (await world.Runs.ListAsync(query, cancellationToken: Limit)).Items.Select(run => run.RunId);

    private static IReadOnlyList<string> Ids(string kind) => [.. Enumerable.Range(0, 5).Select(i => $"{kind}_{i}")];

    private static async Task ShouldReadBothWaysAsync<T>(
        Func<PageRequest, Task<Page<T>>> list, Func<T, string> id, IReadOnlyList<string> expected)
    {
        foreach (var order in Enum.GetValues<SortOrder>())
        {
            var seen = new List<string>();
            var page = new PageRequest { Limit = 2, Order = order };
            Page<T> read;
            do
            {
                read = await list(page);
                seen.AddRange(read.Items.Select(id));
                page = page with { Cursor = read.Cursor };
            }
            while (read.HasMore);

            seen.Should().Equal(order == SortOrder.Ascending ? expected : expected.Reverse());
            read.Cursor.Should().NotBeNull();
        }
    }
}
