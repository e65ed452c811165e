using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What was accepted for a run is heard by its code before the run ends, and what comes later is refused to its sender.</summary>
public abstract class LastTurnConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly string[] Tokens = ["a", "b", "c"];

    private static readonly WorkflowDefinition<string, string> Any = Workflow.Define<string, string>("any", async (flow, prefix) =>
    {
        var hooks = Tokens.Select(token => flow.HookAsync<string>(prefix + token)).ToList();
        await Task.WhenAny(hooks);
        return await ReceivedAsync(hooks);
    });

    [Fact]
    public async Task Payloads_that_are_accepted_at_once_are_all_heard()
    {
        var world = await Worlds.StartAsync(Any);
        for (var i = 0; i < 20; i++)
        {
            var run = await StartedAsync(world, Any, $"{i}");

            var accepted = await ResumeAllAsync(world, $"{i}", Tokens);

            (await ResultAsync(world, run)).Should().Be(accepted);
            Replay.Given(await world.LogAsync(run.RunId)).When(Any).Engine.IsOver.Should().BeTrue();
        }

        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_payload_that_comes_while_the_end_is_written_is_heard()
    {
        var world = Worlds.Create(null, Any);
        var database = await FaultyDatabase.InstallAsync(world);
        var late = new Queue<string>(Tokens.Skip(1));
        database.BeforeTurn = async unit =>
        {
            if (unit.Guard?.Text == TurnSql.FinalGuard && late.TryDequeue(out var token))
            {
                await world.ResumeHookAsync("" + token, token);
            }
        };
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        var run = await StartedAsync(world, Any, "");

        await world.ResumeHookAsync("a", "a", Limit);

        (await ResultAsync(world, run)).Should().Be("abc");
        transitions.Count(TransitionKind.TurnDropped, run.RunId).Should().Be(2);
        Replay.Given(await world.LogAsync(run.RunId)).When(Any).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Changes_from_outside_that_are_not_for_the_code_do_not_keep_a_run_from_ending()
    {
        var world = Worlds.Create(null, Any);
        var database = await FaultyDatabase.InstallAsync(world);
        RunHandle<string>? run = null;
        database.BeforeTurn = async unit =>
        {
            if (unit.Guard?.Text == TurnSql.FinalGuard)
            {
                var changes = new Dictionary<string, string?> { ["stage"] = "last" };
                await world.Events.CreateAsync(run!.RunId, new WorkflowEventData.AttributesSet(changes), cancellationToken: Limit); // has been started
            }
        };
        await world.StartAsync(Limit);
        run = await StartedAsync(world, Any, "");

        await world.ResumeHookAsync("a", "a", Limit);

        (await ResultAsync(world, run)).Should().Be("a");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_run_that_goes_on_as_a_new_one_hears_of_everything_that_was_accepted()
    {
        var workflow = Workflow.Define<string, string>("again", async (flow, input) =>
        {
            if (input.Length > 0)
            {
                return input;
            }

            var hooks = Tokens.Select(flow.HookAsync<string>).ToList();
            await Task.WhenAny(hooks);
            throw new ContinueAsNewException(await ReceivedAsync(hooks));
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await StartedAsync(world, workflow, "");

        var accepted = await ResumeAllAsync(world, "", Tokens);

        (await ResultAsync(world, run)).Should().Be(accepted);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_hook_that_is_given_up_while_its_payload_is_accepted_is_heard()
    {
        var workflow = Workflow.Define<string, string>("given-up", async (flow, _) =>
        {
            var hooks = new List<Task<string>>();
            await flow.HookAsync<string>("go"); // decided behind an event of somebody else
            await flow.ScopeAsync(async scope =>
            {
                hooks.AddRange(Tokens.Select(flow.HookAsync<string>));
                await Task.WhenAny(hooks);
                scope.Cancel();
            });

            var received = await ReceivedAsync(hooks);
            await flow.SleepAsync(TimeSpan.Zero);
            return received;
        });
        var world = Worlds.Create(null, workflow);
        var database = await FaultyDatabase.InstallAsync(world);
        var late = new Queue<string>(Tokens.Skip(1));
        database.BeforeTurn = async unit =>
        {
            if (unit.Guard?.Text == TurnSql.FinalGuard && late.TryDequeue(out var token))
            {
                await world.ResumeHookAsync(token, token);
            }
        };
        await world.StartAsync(Limit);
        var run = await StartedAsync(world, workflow, "");
        var transitions = Watch(world);
        await world.ResumeHookAsync("go", "", Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("a", "a", Limit);

        (await ResultAsync(world, run)).Should().Be("abc");
        Replay.Given(await world.LogAsync(run.RunId)).When(workflow).Engine.IsOver.Should().BeTrue();
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_payload_behind_the_end_is_refused_to_its_sender()
    {
        var world = await Worlds.StartAsync(Any);
        var run = await StartedAsync(world, Any, "");
        await world.ResumeHookAsync("a", "a", Limit);
        await ResultAsync(world, run);

        var resume = () => world.ResumeHookAsync("b", "b", Limit);

        await resume.Should().ThrowAsync<NotFoundException>();
    }

    private static async Task<string> ReceivedAsync(IEnumerable<Task<string>> hooks)
    {
        var received = "";
        foreach (var hook in hooks.Where(hook => hook.IsCompletedSuccessfully))
        {
            received += await hook;
        }

        return received;
    }

    /// <returns>What was accepted, in the order of the tokens.</returns>
    private static async Task<string> ResumeAllAsync(World world, string prefix, IReadOnlyList<string> tokens)
    {
        var senders = tokens.Select(token => Task.Run(() => world.ResumeHookAsync(prefix + token, token, Limit))).ToList();
        await Task.WhenAll(senders).ContinueWith(_ => { }, TaskScheduler.Default);
        return string.Concat(tokens.Where((_, i) => senders[i].IsCompletedSuccessfully));
    }

    private static async Task<RunHandle<string>> StartedAsync(World world, WorkflowDefinition<string, string> workflow, string input)
    {
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, input, cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        return run;
    }
}
