using FluentAssertions;
using Microsoft.Extensions.Logging;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class ReplaySafeValuesTests
{
    private static readonly Action<ILogger, string, Exception?> Say =
        LoggerMessage.Define<string>(LogLevel.Information, new EventId(1), "{Text}");

    private static readonly WorkflowDefinition<string, string> Logs = Features.Code(async (flow, _) =>
    {
        Say(flow.Logger, "begins", null);
        var first = Features.Step(flow, "a");
        Say(flow.Logger, "asked for a", null);
        await first;
        Say(flow.Logger, "a is done", null);
        await Features.Step(flow, "b");
        Say(flow.Logger, "b is done", null);
        return "";
    });

    private static readonly History Log = History.Started().Step(1, "a").Completes(1, "").Step(2, "b").Completes(2, "").Ends("");

    [Fact]
    public void Live_every_line_is_logged_once()
    {
        var lines = new Lines();
        var engine = Replay.NewEngine(Logs, lines);

        foreach (var next in Log.Events)
        {
            engine.Deliver(next);
        }

        lines.Should().Equal("begins", "asked for a", "a is done", "b is done");
        lines.Category.Should().Be("TursoWorld.Workflow.feature");
    }

    [Theory]
    [InlineData(3, "asked for a")] // nothing that follows it is recorded: it may come twice
    [InlineData(4, "asked for a|a is done")]
    [InlineData(5, "")]
    [InlineData(6, "b is done")]
    [InlineData(7, "")]
    public void A_replay_says_nothing_that_is_known_to_have_been_said(int length, string expected)
    {
        var lines = new Lines();
        var engine = Replay.NewEngine(Logs, lines);
        var events = Log.Events.Take(length).ToList();

        engine.Expect(events);
        events.ForEach(engine.Deliver);

        string.Join('|', lines).Should().Be(expected);
    }

    [Fact]
    public void A_cancellation_counts_as_something_that_was_asked_for()
    {
        var lines = new Lines();
        var code = Features.Code((flow, _) => flow.ScopeAsync(async scope =>
        {
            Task[] begun = [Features.Step(flow, "a"), flow.SleepAsync(TimeSpan.FromHours(1)), flow.HookAsync<string>("other")];
            await flow.HookAsync<string>("token");
            scope.Cancel();
            Say(flow.Logger, $"cancelled {begun.Count(task => task.IsCanceled)}", null);
            await flow.ShieldAsync(() => Features.Step(flow, "b"));
            Say(flow.Logger, "b is done", null);
            return "";
        }));
        var events = History.Started().Step(1, "a").Wait(2, 3600).Hook(3, "other").Hook(4, "token").Receives(4, "")
            .CancelsStep(1).CancelsWait(2).CancelsHook(3).Step(5, "b").Completes(5, "").Events.ToList();
        var engine = Replay.NewEngine(code, lines);

        engine.Expect(events);
        events.ForEach(engine.Deliver);

        lines.Should().Equal("b is done");
    }

    [Fact]
    public void What_somebody_else_wrote_in_between_makes_no_line_disappear()
    {
        var lines = new Lines();
        var code = Features.Code(async (flow, _) =>
        {
            var hook = flow.HookAsync<string>("token");
            var step = Features.Step(flow, "a");
            await hook;
            Say(flow.Logger, "received", null);
            await step;
            return "";
        });
        var log = History.Started().Hook(1, "token").Receives(1, "").Step(2, "a");
        var engine = Replay.NewEngine(code, lines);
        log.Events.Take(3).ToList().ForEach(engine.Deliver);

        // The step was asked for before the hook was received, and recorded behind it.
        var tail = log.Events.Skip(3).ToList();
        engine.Expect(tail);
        tail.ForEach(engine.Deliver);

        lines.Should().Equal("received");
    }

    [Fact]
    public void A_logger_that_throws_does_not_end_the_run()
    {
        var engine = Replay.NewEngine(Logs, new Lines { Fails = true });

        foreach (var next in Log.Events)
        {
            engine.Deliver(next);
        }

        engine.End.Should().BeOfType<WorkflowEvent.RunCompleted>();
    }

    [Fact]
    public void Random_values_are_the_same_in_every_replay()
    {
        static async Task<string> Draw(WorkflowContext flow)
        {
            var before = $"{flow.NewGuid()} {flow.Random.Next()}";
            await Features.Step(flow, before);
            return $"{flow.NewGuid()} {flow.Random.NextDouble()}";
        }

        var code = Features.Code((flow, _) => Draw(flow));
        var first = Replay.Given(History.Started()).When(code).Engine.Commands.OfType<Command.RunStep>().Single().Step.StepName;
        var log = History.Started().Step(1, first).Completes(1, "");

        var one = Replay.Describe(Replay.Given(log).When(code).Engine).Single();
        var two = Replay.Describe(Replay.Given(log).When(code).Engine).Single();

        one.Should().Be(two).And.NotContain(first[..36]);
    }

    [Fact]
    public void They_are_for_the_code_of_the_workflow_only()
    {
        WorkflowContext? leaked = null;
        var code = Features.Code((flow, _) =>
        {
            leaked = flow;
            return Features.Step(flow, "a");
        });
        Replay.Given(History.Started()).When(code);

        leaked!.Invoking(flow => flow.NewGuid()).Should().Throw<InvalidOperationException>();
        leaked!.Invoking(flow => flow.Random).Should().Throw<InvalidOperationException>();
    }

    /// <summary>What was logged.</summary>
    private sealed class Lines : List<string>, ILoggerFactory, ILogger
    {
        public string? Category { get; private set; }

        public bool Fails { get; init; }

        public ILogger CreateLogger(string categoryName)
        {
            Category = categoryName;
            return this;
        }

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => Fails ? throw new IOException("full") : true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
