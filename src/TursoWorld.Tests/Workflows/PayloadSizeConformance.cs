using FluentAssertions;
using Microsoft.Extensions.Logging;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Values that are larger than a world takes: refused before anything is written, where they are made.</summary>
public abstract class PayloadSizeConformance(Backend backend) : WorkflowTests(backend)
{
    private const int Most = 2_000;
    private static readonly string Large = new('x', Most);

    [Fact]
    public async Task A_result_of_a_step_that_is_too_large_is_a_failed_attempt()
    {
        var attempts = 0;
        var workflow = Workflow.Define<string, string>("large-result", (flow, _) => flow.StepAsync(
            "large",
            _ => Task.FromResult(Interlocked.Increment(ref attempts) < 3 ? Large : "small"),
            new() { Retry = RetryPolicy.Fixed(3, TimeSpan.Zero) }));
        var world = await StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("small", "the policy hears of what is too large");
        var error = (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit))[0].Error!;
        error.Code.Should().Be(ErrorCodes.PayloadTooLarge);
        error.Message.Should().Contain("'large'").And.Contain("2,002").And.Contain("2,000").And.Contain(nameof(WorldOptions.MaxPayloadBytes));
        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData("result")]
    [InlineData("child")]
    [InlineData("state")]
    [InlineData("next")]
    [InlineData("input")]
    public async Task What_code_makes_too_large_fails_its_run(string what)
    {
        var child = Workflow.Define<string, string>("child", (_, input) => Task.FromResult(input));
        var echo = Step.Define<string, string>("echo", (input, _) => Task.FromResult(input));
        var workflow = Workflow.Define<string, string>("large-" + what, async (flow, _) =>
        {
            switch (what)
            {
                case "child":
                    return await flow.ChildAsync(child, Large);
                case "state":
                    flow.State.Set("key", Large);
                    return "";
                case "next":
                    throw new ContinueAsNewException(Large);
                case "input":
                    return await flow.StepAsync(echo, Large);
                default:
                    return Large;
            }
        });
        var world = await StartAsync(workflow, child);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Code.Should().Be(ErrorCodes.PayloadTooLarge);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task What_a_caller_gives_is_refused_to_the_caller_and_changes_nothing()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var world = await StartAsync(waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await Refused(() => world.StartRunAsync(waiting, Large, cancellationToken: Limit));
        await Refused(() => world.ResumeHookAsync("token", Large, Limit));
        await Refused(() => world.QueueAsync("queue", new byte[Most + 1], null, Limit));

        (await world.Runs.ListAsync(new(), cancellationToken: Limit)).Items.Should().ContainSingle();
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
        await world.ResumeHookAsync("token", "small", Limit);
        (await ResultAsync(world, run)).Should().Be("small");
        await world.ShouldBeSoundAsync();

        static async Task Refused(Func<Task> call)
        {
            var refused = (await call.Should().ThrowAsync<PayloadTooLargeException>()).Which;
            (refused.HttpStatus, refused.Limit).Should().Be((413, Most));
            refused.Size.Should().BeGreaterThan(Most);
        }
    }

    [Fact]
    public async Task The_message_of_an_exception_is_cut()
    {
        var text = new string('y', 1_000_000);
        var workflow = Workflow.Define<string, string>("loud", (flow, _) => flow.StepAsync<string>(
            "loud", _ => throw new InvalidOperationException(text), new() { Retry = RetryPolicy.None }));
        var world = await StartAsync(workflow);

        var run = await world.StartRunAsync(workflow, "", cancellationToken: Limit);

        var message = (await FailureAsync(world, run)).Error!.Message;
        message.Length.Should().BeLessThan(20_000);
        message.Should().StartWith("yyy").And.EndWith("(cut: 1000000 characters)");
    }

    [Fact]
    public async Task The_log_gets_the_beginning_of_an_exception_with_a_long_text()
    {
        var text = new string('y', 1_000_000);
        using var logged = new Exceptions();
        var world = await Worlds.StartAsync(options => (options.LoggerFactory, options.MaxRetries) = (logged, 1));
        var transitions = Watch(world);
        world.CreateQueueHandler("mail", (_, _) => throw new InvalidOperationException("outside", new InvalidOperationException(text)));

        var id = await world.QueueAsync("mail", new byte[] { 1 }, cancellationToken: Limit);

        await transitions.NextAsync(TransitionKind.MessageDead, id);
        var exception = logged.All.Should().ContainSingle().Subject;
        exception.ToString().Length.Should().BeLessThan(40_000);
        exception.Message.Should().StartWith("System.InvalidOperationException: outside").And.MatchRegex(@"\(cut: 1\d{6} characters\)$");
    }

    [Fact]
    public async Task A_foreign_runtime_is_refused_what_is_too_large()
    {
        var world = await StartAsync();
        var payload = System.Text.Encoding.UTF8.GetBytes(Large + "x");
        var runId = world.Shared.Ids.NewRunId();

        var create = () => world.Events.CreateAsync(
            runId, new WorkflowEventData.RunCreated("foreign", payload) { SpecVersion = 2 }, cancellationToken: Limit);

        (await create.Should().ThrowAsync<PayloadTooLargeException>()).Which.Message.Should().Contain("run_created").And.Contain("2,001");
        (await world.Runs.FindAsync(runId, Limit)).Should().BeNull();
    }

    private sealed class Exceptions : ILoggerFactory, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<Exception> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null)
            {
                All.Enqueue(exception);
            }
        }

        public void Dispose()
        {
        }
    }

    private Task<World> StartAsync(params WorkflowDefinition[] workflows) =>
        Worlds.StartAsync(options => options.MaxPayloadBytes = Most, workflows);
}

public sealed class SqliteFilePayloadSizeTests() : PayloadSizeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryPayloadSizeTests() : PayloadSizeConformance(Backend.SqliteMemory);
