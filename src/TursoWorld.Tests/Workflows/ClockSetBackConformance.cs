using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Somebody sets the clock back by an hour while monotonic time goes on. Nothing here advances the clock by more than a second.</summary>
public abstract class ClockSetBackConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("hello");

    [Fact]
    public async Task What_was_stored_before_is_taken_up_at_once()
    {
        var greet = Step.Define<string, string>("greet", (name, _) => Task.FromResult($"Hello, {name}"), new() { Mode = StepMode.Queued });
        var workflow = Workflow.Define<string, string>("calling", (flow, name) => flow.StepAsync(greet, name));
        var world = Worlds.Create(null, workflow);
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", (_, _) => Task.FromResult(QueueResult.Done));
        var run = await world.StartRunAsync(workflow, "Ada", cancellationToken: Limit);
        var message = await world.QueueAsync("mail", Payload, null, Limit);

        Clock.SetBack(Hour);
        await world.StartAsync(Limit);

        await transitions.NextAsync(TransitionKind.MessageCompleted, message);
        await ParkedAsync(transitions, run); // with the queued step, which nobody has registered
        Clock.SetBack(Hour);
        world.Register(greet);
        (await ResultAsync(world, run)).Should().Be("Hello, Ada");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Messages_that_were_sent_given_back_or_driven_again_before_can_be_received()
    {
        var world = Worlds.Create(options => options.MaxRetries = 1);
        var sent = await world.QueueAsync("mail", Payload, null, Limit);
        Clock.SetBack(Hour);
        var received = (await ReceiveAsync(world)).Should().ContainSingle().Which;
        received.MessageId.Should().Be(sent);
        await world.Queues.ReleaseAsync(received.Receipt, TimeSpan.Zero, Limit);
        Clock.SetBack(Hour);
        (await ReceiveAsync(world)).Should().ContainSingle();
        Clock.Advance(Second);
        (await world.Queues.ListDeadAsync("mail", cancellationToken: Limit)).Items.Should().ContainSingle("its time is up");
        await world.Queues.RedriveAsync(sent, Limit);

        Clock.SetBack(Hour);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which
            .Should().BeEquivalentTo(new { Ready = 1, Delayed = 0, InFlight = 0, Dead = 0, OldestAge = TimeSpan.Zero });
        (await ReceiveAsync(world)).Should().ContainSingle().Which.Attempt.Should().Be(1);
    }

    [Fact]
    public async Task What_has_waited_longest_is_received_first_whether_it_was_sent_delayed_or_asked_for_again()
    {
        var world = Worlds.Create();
        List<string> ids = [await SendAsync(), await SendAsync(Second)];
        Clock.Advance(2 * Second);
        ids.Add(await SendAsync());
        var first = (await ReceiveAsync(world, 1)).Single();
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        await world.Queues.ReleaseAsync(first.Receipt, TimeSpan.Zero, Limit);

        List<string> order = [first.MessageId];
        for (var i = 0; i < 3; i++)
        {
            order.Add((await ReceiveAsync(world, 1)).Single().MessageId);
        }

        order.Should().Equal(ids[0], ids[1], ids[2], ids[0]);

        Task<string> SendAsync(TimeSpan delay = default) =>
            world.QueueAsync("mail", Payload, new() { Delay = delay }, Limit);
    }

    [Fact]
    public async Task A_run_goes_on_with_hooks_children_steps_and_as_another_run()
    {
        var child = Workflow.Define<string, string>("child", async (flow, text) => text + await flow.StepAsync("s", _ => Task.FromResult("!")));
        var workflow = Workflow.Define<bool, string>("older", async (flow, isContinued) =>
        {
            var text = await flow.HookAsync<string>(isContinued ? "second" : "first");
            text = await flow.ChildAsync(child, text);
            return isContinued ? text : throw new ContinueAsNewException(true);
        });
        var world = await Worlds.StartAsync(workflow, child);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, false, cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        Clock.SetBack(Hour);
        await world.ResumeHookAsync("first", "one", Limit);
        while (await world.Hooks.FindByTokenAsync("second", Limit) is null)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
        }

        Clock.SetBack(Hour);
        await world.ResumeHookAsync("second", "two", Limit);

        (await ResultAsync(world, run)).Should().Be("two!");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Sleeps_limits_and_retries_of_an_older_run_count_from_the_clock()
    {
        var attempts = 0;
        var workflow = Workflow.Define<string, string>("older", async (flow, _) =>
        {
            await flow.HookAsync<string>("go");
            await flow.SleepAsync(TimeSpan.Zero);
            await flow.SleepAsync(Second);
            var limited = flow.WithTimeoutAsync(Second, () => flow.HookAsync<string>("never"));
            var scoped = flow.ScopeAsync(scope =>
            {
                scope.CancelAfter(Second);
                return flow.HookAsync<string>("never either");
            });
            await FluentActions.Awaiting(() => limited).Should().ThrowAsync<WorkflowTimeoutException>();
            await FluentActions.Awaiting(() => scoped).Should().ThrowAsync<OperationCanceledException>();
            return await flow.StepAsync(
                "flaky",
                _ => ++attempts == 1 ? throw new InvalidOperationException("once") : Task.FromResult("done"),
                new() { Retry = RetryPolicy.Fixed(2, Second) });
        });
        var world = await Worlds.StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        var before = Clock.GetUtcNow();

        Clock.SetBack(Hour);
        await world.ResumeHookAsync("go", "", Limit);
        await ParkedAsync(transitions, run); // for no time
        for (var i = 0; i < 3; i++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(Second);
        }

        (await ResultAsync(world, run)).Should().Be("done");
        var log = await world.LogAsync(run.RunId);
        log.Skip(3).Should().OnlyContain(next => next.CreatedAt >= before, "the clock of the code never goes back");
        log.OfType<WorkflowEvent.WaitCreated>().Should().OnlyContain(wait => wait.ResumeAt < before);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_limit_of_an_attempt_is_no_longer_than_it_was()
    {
        var hold = new Hold();
        var workflow = Workflow.Define<string, StepResult>("limited", (flow, _) => flow.TryStepAsync(
            "slow", step => WaitAsync(hold, step), new() { Retry = RetryPolicy.None, Timeout = Second }));
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);
        await hold.ReachedAsync();

        Clock.SetBack(Hour);
        Clock.Advance(Second);

        (await ResultAsync(world, run)).Error!.Code.Should().Be(ErrorCodes.StepTimeout);
    }

    [Fact]
    public async Task A_receiver_waits_no_longer_than_it_was_to()
    {
        var world = Worlds.Create();
        await world.Queues.ListAsync(Limit); // opens the database
        var receiving = world.Queues.ReceiveAsync("mail", 10, Second, 2 * Second, Limit);
        await Clock.SleeperAsync(2 * Second, notBefore: 2 * Second);
        Clock.SetBack(Hour);
        Clock.Advance(Second);
        await Clock.SleeperAsync(Second, notBefore: Second);

        Clock.Advance(Second);

        (await receiving.WaitAsync(TimeSpan.FromSeconds(10), Limit)).Should().BeEmpty();
    }

    private static async Task WaitAsync(Hold hold, StepContext step)
    {
        hold.Touch();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
    }

    private static Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(World world, int max = 10) =>
        world.Queues.ReceiveAsync("mail", max, Second, TimeSpan.Zero, Limit);
}

public sealed class SqliteFileClockSetBackTests() : ClockSetBackConformance(Backend.SqliteFile);

public sealed class SqliteMemoryClockSetBackTests() : ClockSetBackConformance(Backend.SqliteMemory);
