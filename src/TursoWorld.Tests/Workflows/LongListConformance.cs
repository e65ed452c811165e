using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Long lists, from the first page to the last.</summary>
public abstract class LongListConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_long_list_is_read_page_by_page_without_gaps_and_repetitions()
    {
        var world = await FilledAsync(LongLists.Rows);
        var run = LongLists.RunId;
        List<(string Name, Func<PageRequest, Task<Page<string>>> Read)> lists =
        [
            ("runs", page => NamesAsync(world.Runs.ListAsync(null, page, Limit), item => item.RunId)),
            ("steps", page => NamesAsync(world.Steps.ListAsync(run, page, Limit), item => item.StepId)),
            ("waits", page => NamesAsync(world.Waits.ListAsync(run, page, Limit), item => item.WaitId)),
            ("hooks", page => NamesAsync(world.Hooks.ListAsync(null, page, Limit), item => item.HookId)),
            ("hooks of a run", page => NamesAsync(world.Hooks.ListAsync(run, page, Limit), item => item.HookId)),
            ("state", page => NamesAsync(world.State.ListAsync(run, page, Limit), item => item.Key)),
            ("dead messages", page => NamesAsync(world.Queues.ListDeadAsync(LongLists.QueueName, page, Limit), item => item.MessageId)),
            ("correlated events", page => NamesAsync(
                world.Events.ListByCorrelationIdAsync(LongLists.CorrelationId, page, Limit), item => $"{item.Event.Position}")),
        ];

        foreach (var (name, read) in lists)
        {
            var forwards = await AllAsync(read, SortOrder.Ascending, limit: 1_000);
            var backwards = await AllAsync(read, SortOrder.Descending, limit: 1_000);

            forwards.Select(NumberOf).Should().HaveCount(LongLists.Rows, name).And.OnlyHaveUniqueItems(name).And.BeInAscendingOrder(name);
            backwards.Should().Equal(forwards.Reverse(), name);
        }
    }

    [Fact]
    public async Task Runs_are_found_by_all_that_can_be_asked_for_together()
    {
        const int Rows = 500;
        var world = await FilledAsync(Rows);
        var queries =
            from statuses in new RunStatus[]?[] { null, [], [RunStatus.Failed], [RunStatus.Running, RunStatus.Paused], [.. LongLists.Statuses] }
            from status in new RunStatus?[] { null, RunStatus.Running }
            from name in new[] { null, "workflow-3", "workflow-9" }
            from customer in new[] { null, "ada", "bob" }
            from parent in new[] { null, LongLists.RunId }
            from isTimed in new[] { false, true }
            select new RunQuery
            {
                Statuses = statuses,
                Status = status,
                WorkflowName = name,
                Attribute = customer is null ? null : new("customer", customer),
                ParentRunId = parent,
                CreatedFrom = isTimed ? DateTimeOffset.FromUnixTimeMilliseconds(100) : null,
                CreatedBefore = isTimed ? DateTimeOffset.FromUnixTimeMilliseconds(400) : null,
            };

        foreach (var query in queries)
        {
            var forwards = await AllAsync(page => NamesAsync(world.Runs.ListAsync(query, page, Limit), KeyOf), SortOrder.Ascending, limit: 60);
            var backwards = await AllAsync(page => NamesAsync(world.Runs.ListAsync(query, page, Limit), KeyOf), SortOrder.Descending, limit: 60);

            var expected = Enumerable.Range(1, Rows).Where(run => Fits(query, run)).ToList();
            forwards.Select(NumberOf).Should().Equal(expected, $"{query}");
            backwards.Select(NumberOf).Reverse().Should().Equal(expected, $"{query}");
        }

        static string KeyOf(WorkflowRun run) => $"{LongLists.KeyOf(run)}";
    }

    [Fact]
    public async Task Runs_are_found_by_what_their_attributes_are_now()
    {
        var world = Worlds.Create();
        var attributes = new Dictionary<string, string> { ["customer"] = "ada", ["stage"] = "new" };
        var run = await world.StartRunAsync(Idle, 0, new() { Attributes = attributes }, Limit);

        var changes = new Dictionary<string, string?> { ["stage"] = "old", ["customer"] = null, ["shelf"] = "1" };
        await world.Events.CreateAsync(run.RunId, new WorkflowEventData.AttributesSet(changes), cancellationToken: Limit);

        (await FoundAsync("stage", "old")).Should().Equal(run.RunId);
        (await FoundAsync("shelf", "1")).Should().Equal(run.RunId);
        (await FoundAsync("stage", "new")).Should().BeEmpty();
        (await FoundAsync("customer", "ada")).Should().BeEmpty();
        await run.CancelAsync(cancellationToken: Limit);
        await world.Runs.DeleteAsync(run.RunId, Limit);
        await world.ShouldBeSoundAsync();

        async Task<IEnumerable<string>> FoundAsync(string name, string value) =>
            (await world.Runs.ListAsync(new() { Attribute = new(name, value) }, cancellationToken: Limit)).Items.Select(found => found.RunId);
    }

    private static WorkflowDefinition<int, int> Idle { get; } = Workflow.Define<int, int>("idle", (_, input) => Task.FromResult(input));

    private static bool Fits(RunQuery query, int run) =>
        (query.Statuses is null || query.Statuses.Contains(LongLists.StatusOf(run)))
        && (query.Status is null || query.Status == LongLists.StatusOf(run))
        && (query.WorkflowName is null || query.WorkflowName == LongLists.NameOf(run))
        && (query.Attribute is null || (query.Attribute.Value.Value == "ada" && LongLists.IsOfAda(run)))
        && (query.ParentRunId is null || run > 1)
        && (query.CreatedFrom is null || run is >= 100 and < 400);

    private async Task<World> FilledAsync(int rows)
    {
        var world = Worlds.Create();
        foreach (var text in LongLists.Fill(rows))
        {
            (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(text)), Limit)).ThrowUnlessCommitted();
        }

        return world;
    }

    private static async Task<Page<string>> NamesAsync<T>(Task<Page<T>> reading, Func<T, string> nameOf)
    {
        var page = await reading;
        return new Page<string> { Items = [.. page.Items.Select(nameOf)], Cursor = page.Cursor, HasMore = page.HasMore };
    }

    private static async Task<IReadOnlyList<string>> AllAsync(Func<PageRequest, Task<Page<string>>> read, SortOrder order, int limit)
    {
        List<string> all = [];
        Page<string> page;
        string? cursor = null;
        do
        {
            page = await read(new PageRequest { Limit = limit, Order = order, Cursor = cursor });
            all.AddRange(page.Items);
            cursor = page.Cursor;
        }
        while (page.HasMore);

        return all;
    }

    /// <summary>Names end with the number of the entry.</summary>
    private static int NumberOf(string name) => int.Parse(name.AsSpan(name.LastIndexOfAny(['_', '-']) + 1), null);
}
