using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Steps that are classes: what they are given, how long it lives, and what is refused.</summary>
public abstract class StepClassConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly StepDefinition<int, string> Counting = Step.Of<Count, int, string>();

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSingleton<Visits>()
        .AddScoped<Visit>()
        .BuildServiceProvider(validateScopes: true);

    private Visits Seen => _services.GetRequiredService<Visits>();

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task Each_attempt_has_an_instance_of_its_own_which_ends_before_its_end_is_recorded(StepMode mode)
    {
        var workflow = Calling(mode);
        var world = await StartAsync(workflow);
        world.Register<Count>();

        var run = await world.StartRunAsync(workflow, 21, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("42 in attempt 2, visit 2");
        Seen.All.Should().HaveCount(2).And.OnlyContain(visit => visit.IsDisposed);
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Mode.Should().Be(mode);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_inline_step_needs_no_registration_and_a_definition_may_be_registered_in_place_of_its_class()
    {
        var (inline, queued) = (Calling(StepMode.Inline, "inline"), Calling(StepMode.Queued, "queued"));
        var world = await StartAsync(inline, queued);

        (await ResultAsync(world, await world.StartRunAsync(inline, 1, cancellationToken: Limit))).Should().StartWith("2 in");
        world.Register(Counting);
        (await ResultAsync(world, await world.StartRunAsync(queued, 2, cancellationToken: Limit))).Should().StartWith("4 in");
    }

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task What_disposal_throws_fails_the_attempt_and_what_the_constructor_throws_none(StepMode mode)
    {
        var workflow = Calling(mode);
        var world = await StartAsync(workflow);
        world.Register<Count>();
        var transitions = Watch(world);
        (Seen.RefusesFirst, Seen.FailsToEnd) = (true, 3);

        var run = await world.StartRunAsync(workflow, 21, cancellationToken: Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId);
        Clock.Advance(TimeSpan.FromMinutes(1)); // until the class is tried again
        (await ResultAsync(world, run)).Should().Be("42 in attempt 3, visit 4");
        (await world.Steps.ListAttemptsAsync(run.RunId, "step_1", Limit)).Select(attempt => attempt.Error?.Message ?? "")
            .Should().SatisfyRespectively(
                second => second.Should().Contain("first of all"),
                third => third.Should().Contain("cannot end"),
                fourth => fourth.Should().BeEmpty());
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public void The_attribute_says_how_calls_without_options_are_executed()
    {
        var options = Step.Of<Limited, int, int>().Options;

        options.Should().BeEquivalentTo(new
        {
            Timeout = TimeSpan.FromSeconds(1.5),
            HeartbeatTimeout = TimeSpan.FromSeconds(30),
            Mode = StepMode.Queued,
        });
        options.Retry!.MaxAttempts.Should().Be(9);
        Counting.Options.Should().BeEquivalentTo(new { Timeout = (TimeSpan?)null, Mode = (StepMode?)null });
    }

    [Theory]
    [InlineData(typeof(string), "*does not derive from Workflow<TIn, TOut> or Step<TIn, TOut>*")]
    [InlineData(typeof(NotSealed), "*not sealed*")]
    [InlineData(typeof(Abstract), "*abstract*")]
    [InlineData(typeof(Open<>), "*open generic*")]
    [InlineData(typeof(Nameless), "*has no name*")]
    [InlineData(typeof(BadName), "*'a#1' is no name for a step*")]
    [InlineData(typeof(BadAttempts), "*attribute has a value out of range*")]
    [InlineData(typeof(BadTimeout), "*attribute has a value out of range*30 days*")]
    [InlineData(typeof(Unsatisfied), "*asks for 'System.Uri endpoint'*")]
    public async Task What_is_no_step_is_refused_and_nothing_is_registered(Type type, string message)
    {
        var world = await StartAsync();

        var register = () => world.Register(typeof(Limited), type);

        register.Should().Throw<InvalidRegistrationException>().WithMessage(message)
            .Which.Should().BeEquivalentTo(new { Type = type, Code = ErrorCodes.InvalidRegistration });
        world.Register<Limited>();
    }

    [Fact]
    public async Task A_name_stands_for_one_step_and_a_list_is_registered_whole_or_not_at_all()
    {
        var world = await StartAsync();
        world.Register(Calling(StepMode.Inline, "known"));

        var twice = () => world.Register(typeof(Limited), typeof(LimitedAgain));
        var withKnownWorkflow = () => world.Register(typeof(Limited), typeof(Known));

        twice.Should().Throw<ConflictException>().Which.Code.Should().Be(ErrorCodes.DuplicateStep);
        withKnownWorkflow.Should().Throw<ConflictException>().Which.Code.Should().Be(ErrorCodes.DuplicateWorkflow);
        world.Register(typeof(Limited), typeof(Count));
        var again = () => world.Register<Limited>();
        again.Should().Throw<ConflictException>().WithMessage("*'limited'*another name*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a#1")]
    public void A_name_that_the_log_could_not_tell_from_a_numbered_one_is_refused(string name)
    {
        var define = () => Step.Define<int, int>(name, (n, _) => Task.FromResult(n));

        define.Should().Throw<ArgumentException>();
    }

    private protected override ValueTask DisposeFilesAsync() => _services.DisposeAsync();

    private Task<World> StartAsync(params WorkflowDefinition[] workflows) =>
        Worlds.StartAsync(options => options.Services = _services, workflows);

    private static WorkflowDefinition<int, string> Calling(StepMode mode, string name = "known") => Workflow.Define<int, string>(
        name, (flow, n) => flow.StepAsync(Counting, n, new() { Mode = mode, Retry = RetryPolicy.Fixed(4, TimeSpan.Zero) }));

    internal sealed class Visits
    {
        private readonly Lock _lock = new();
        private readonly List<Visit> _all = [];

        public bool RefusesFirst { get; set; }

        /// <summary>Which of them.</summary>
        public int FailsToEnd { get; set; }

        public IReadOnlyList<Visit> All
        {
            get
            {
                lock (_lock)
                {
                    return [.. _all];
                }
            }
        }

        public int Add(Visit visit)
        {
            lock (_lock)
            {
                _all.Add(visit);
                return _all.Count;
            }
        }
    }

    internal sealed class Visit : IDisposable
    {
        private readonly Visits _visits;

        public Visit(Visits visits)
        {
            _visits = visits;
            Number = visits.Add(this);
            if (Number == 1 && visits.RefusesFirst)
            {
                throw new InvalidOperationException("no visit");
            }
        }

        public int Number { get; }

        public bool IsDisposed { get; private set; }

        public void Dispose()
        {
            IsDisposed = true;
            if (Number == _visits.FailsToEnd)
            {
                throw new InvalidOperationException("cannot end");
            }
        }
    }

    [Step("count")]
    private sealed class Count(Visit visit, Visits visits) : Step<int, string>
    {
        public override Task<string> ExecuteAsync(StepContext step, int input)
        {
            visit.IsDisposed.Should().BeFalse();
            visits.All.SkipLast(1).Where(earlier => !earlier.IsDisposed && earlier.Number > 1).Should().BeEmpty();
            return visit.Number == (visits.RefusesFirst ? 2 : 1)
                ? throw new InvalidOperationException("first of all")
                : Task.FromResult($"{2 * input} in attempt {step.Attempt}, visit {visit.Number}");
        }
    }

    [Step("limited", MaxAttempts = 9, TimeoutSeconds = 1.5, HeartbeatTimeoutSeconds = 30, Mode = StepMode.Queued)]
    private sealed class Limited : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Step("limited")]
    private sealed class LimitedAgain : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Workflow("known")]
    private sealed class Known : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

#pragma warning disable CA1852 // classes that ought to be sealed are what this is about
    [Step("not-sealed")]
    private class NotSealed : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }
#pragma warning restore CA1852

    [Step("abstract")]
    private abstract class Abstract : Step<int, int>;

    [Step("open")]
    private sealed class Open<T> : Step<T, T>
    {
        public override Task<T> ExecuteAsync(StepContext step, T input) => Task.FromResult(input);
    }

    private sealed class Nameless : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Step("a#1")]
    private sealed class BadName : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Step("bad-attempts", MaxAttempts = 0)]
    private sealed class BadAttempts : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Step("bad-timeout", TimeoutSeconds = -1)]
    private sealed class BadTimeout : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(input);
    }

    [Step("unsatisfied")]
    private sealed class Unsatisfied(Uri endpoint) : Step<int, int>
    {
        public override Task<int> ExecuteAsync(StepContext step, int input) => Task.FromResult(endpoint.Port);
    }
}

public sealed class SqliteFileStepClassTests() : StepClassConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStepClassTests() : StepClassConformance(Backend.SqliteMemory);
