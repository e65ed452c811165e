using System.Text;
using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What the code of runs remembers by name, seen from outside.</summary>
public abstract class StateConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Counting = Workflow.Define<string, string>("counting", async (flow, token) =>
    {
        flow.State.Set("stage", "begun");
        flow.State.Set("lines", 1);
        await flow.StepAsync("a", _ => Task.CompletedTask);
        flow.State.Set("lines", flow.State.Get<int>("lines") + 1);
        flow.State.Delete("stage");
        flow.State.Set("customer", new Customer("ada", [1, 2]));
        await flow.HookAsync<string>(token);
        flow.State.Set("lines", flow.State.Get<int>("lines") + 1);
        return $"{flow.State.Get<int>("lines")} {flow.State.Get<Customer>("customer").Name}";
    });

    [Fact]
    public async Task It_is_read_while_the_run_waits_and_after_its_end()
    {
        var world = await Worlds.StartAsync(Counting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Counting, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        (await world.State.GetAsync<int>(run.RunId, "lines", Limit)).Should().Be(2);
        (await world.State.GetAsync<Customer>(run.RunId, "customer", Limit)).Should().BeEquivalentTo(new Customer("ada", [1, 2]));
        var lines = await world.State.FindAsync(run.RunId, "lines", Limit);
        lines!.Position.Should().Be(7);
        lines.SetAt.Should().Be((await world.LogAsync(run.RunId))[6].CreatedAt);
        Encoding.UTF8.GetString(lines.Value!.Value.Span).Should().Be("2");
        (await world.State.FindAsync(run.RunId, "stage", Limit)).Should().BeNull();

        await world.ResumeHookAsync("t", "go", Limit);
        (await ResultAsync(world, run)).Should().Be("3 ada");
        (await world.State.GetAsync<int>(run.RunId, "lines", Limit)).Should().Be(3);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task It_is_the_same_after_a_replay()
    {
        var world = await Worlds.StartAsync(options => options.MaxLiveRuns = 1, Counting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Counting, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var other = await world.StartRunAsync(Counting, "other", cancellationToken: Limit); // takes the place in memory
        await ParkedAsync(transitions, other);

        await world.ResumeHookAsync("t", "go", Limit);

        (await ResultAsync(world, run)).Should().Be("3 ada");
        transitions.Count(TursoWorld.Diagnostics.TransitionKind.RunReplayed, run.RunId).Should().BePositive();
    }

    [Fact]
    public async Task A_list_has_the_keys_in_the_order_in_which_they_came_in_pages()
    {
        var workflow = Workflow.Define<int, int>("many", (flow, count) =>
        {
            for (var i = 0; i < count; i++)
            {
                flow.State.Set($"key {(i * 7) % count}", i);
            }

            flow.State.Set("key 0", "again"); // stays where it is
            return Task.FromResult(count);
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, 25, cancellationToken: Limit);
        await ResultAsync(world, run);

        List<StateEntry> all = [];
        Page<StateEntry>? page = null;
        while (page is null or { HasMore: true })
        {
            page = await world.State.ListAsync(run.RunId, new PageRequest { Limit = 10, Cursor = page?.Cursor }, Limit);
            all.AddRange(page.Items);
        }

        all.Select(entry => entry.Key).Should().Equal(Enumerable.Range(0, 25).Select(i => $"key {(i * 7) % 25}"));
        all.Should().OnlyContain(entry => entry.RunId == run.RunId && entry.Value != null);
        var backwards = await world.State.ListAsync(
            run.RunId, new PageRequest { Order = SortOrder.Descending, Data = ResolveData.None }, Limit);
        backwards.Items.Select(entry => entry.Key).Should().Equal(all.Select(entry => entry.Key).Reverse());
        backwards.Items.Should().OnlyContain(entry => entry.Value == null);
    }

    [Fact]
    public async Task What_is_not_there_is_an_error_that_says_so_and_what_has_another_type_too()
    {
        var world = await Worlds.StartAsync(Counting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Counting, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        var missing = () => world.State.GetAsync<int>(run.RunId, "absent", Limit);
        var unknown = () => world.State.GetAsync<int>("wrun_none", "lines", Limit);
        var wrong = () => world.State.GetAsync<int>(run.RunId, "customer", Limit);

        (await missing.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.StateNotFound);
        (await unknown.Should().ThrowAsync<NotFoundException>()).WithMessage("*'wrun_none'*'lines'*");
        (await wrong.Should().ThrowAsync<SerializationException>()).WithMessage($"*'customer'*{run.RunId}*System.Int32*");
        (await world.State.ListAsync("wrun_none", cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task It_goes_with_its_run()
    {
        var world = await Worlds.StartAsync(Counting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Counting, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        await run.CancelAsync(cancellationToken: Limit);
        (await world.State.GetAsync<int>(run.RunId, "lines", Limit)).Should().Be(2, "cancelling deletes nothing");

        await world.Runs.DeleteAsync(run.RunId, Limit);

        (await world.State.FindAsync(run.RunId, "lines", Limit)).Should().BeNull();
        (await world.State.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().BeEmpty();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_value_that_is_taken_away_and_was_never_set_is_found()
    {
        const string Damage = "UPDATE workflow_log SET events = replace(events, '\"state_set\",\"stage\"', '\"state_set\",\"stage\"],[\"state_set\",\"other\"')";
        var world = await Worlds.StartAsync(Counting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Counting, "t", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        (await world.Shared.Database.WriteAsync(new Unit(new SqlStatement(Damage)), Limit)).ThrowUnlessCommitted();

        var report = await world.CheckIntegrityAsync(Limit);

        report.Problems.Should().Contain(problem =>
            problem.Kind == IntegrityProblemKind.LogContradiction && problem.RunId == run.RunId && problem.Text.Contains("'stage'"));
    }

    private sealed record Customer(string Name, IReadOnlyList<int> Orders);
}
