using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Workflows that are classes: what they are given, how long it lives, and what is refused.</summary>
public abstract class ClassConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Greeting = Workflow.Of<Greet, string, string>();

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSingleton<Sessions>()
        .AddScoped<Session>()
        .BuildServiceProvider(validateScopes: true);

    private Sessions Opened => _services.GetRequiredService<Sessions>();

    [Fact]
    public async Task A_class_gets_its_services_and_is_started_by_its_definition_or_its_name()
    {
        var world = await StartAsync();

        var typed = await world.StartRunAsync(Greeting, "Ada", cancellationToken: Limit);
        var named = await world.StartRunAsync("greet", "Bob", cancellationToken: Limit);

        (await ResultAsync(world, typed)).Should().Be("Hello, Ada of 2");
        (await ResultAsync(world, world.GetRun<string>(named.RunId))).Should().Be("Hello, Bob of 2");
        (await typed.GetAsync(Limit)).WorkflowVersion.Should().Be(2);
    }

    [Fact]
    public async Task A_definition_of_a_class_may_be_registered_in_its_place()
    {
        var world = await Worlds.StartAsync(options => options.Services = _services, Greeting);

        var run = await world.StartRunAsync(Greeting, "Ada", cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("Hello, Ada of 2");
    }

    [Fact]
    public async Task The_scope_of_an_instance_ends_with_the_run()
    {
        var world = await StartAsync();

        await ResultAsync(world, await world.StartRunAsync(Greeting, "Ada", cancellationToken: Limit));

        await Opened.All[0].Disposed.Task.WaitAsync(Limit);
        Opened.All.Should().ContainSingle();
    }

    [Fact]
    public async Task A_run_that_leaves_the_memory_leaves_its_instance_and_gets_another_one_with_the_same_fields()
    {
        var world = await StartAsync(options => options.MaxLiveRuns = 1);
        var transitions = Watch(world);
        var workflow = Workflow.Of<Nap, int, string>();
        var first = await world.StartRunAsync(workflow, 10, cancellationToken: Limit);
        await ParkedAsync(transitions, first);

        var second = await world.StartRunAsync(workflow, 20, cancellationToken: Limit);
        await ParkedAsync(transitions, second);
        await Opened.All[0].Disposed.Task.WaitAsync(Limit);
        Clock.Advance(TimeSpan.FromSeconds(10));

        (await ResultAsync(world, first)).Should().Be("before, after; woken as instance 2");
    }

    [Fact]
    public async Task An_instance_lives_for_as_long_as_a_step_that_it_began()
    {
        var world = await StartAsync();
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Workflow.Of<Stubborn, int, int>(), 1, cancellationToken: Limit);
        await Opened.Entered.Task.WaitAsync(Limit);
        await run.CancelAsync(cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunCancelled, run.RunId);

        Opened.All[0].Disposed.Task.IsCompleted.Should().BeFalse();
        Opened.Gate.SetResult();

        await Opened.All[0].Disposed.Task.WaitAsync(Limit);
        Opened.SawDisposed.Should().BeFalse();
    }

    [Fact]
    public async Task A_world_that_stops_ends_the_instances_of_parked_runs()
    {
        var world = await StartAsync();
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Workflow.Of<Nap, int, string>(), 10, cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.StopAsync(Limit);

        Opened.All.Should().ContainSingle().Which.Disposed.Task.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task A_constructor_that_throws_leaves_the_run_as_it_was()
    {
        Opened.Refuses = true;
        var world = await StartAsync();
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Greeting, "Ada", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.MessageFailed);

        Opened.Refuses = false;
        Clock.Advance(TimeSpan.FromMinutes(1));

        (await ResultAsync(world, run)).Should().Be("Hello, Ada of 2");
    }

    [Theory]
    [InlineData(typeof(string), "*does not derive from Workflow*")]
    [InlineData(typeof(NotSealed), "*not sealed*")]
    [InlineData(typeof(Abstract), "*abstract*")]
    [InlineData(typeof(Open<>), "*open generic*")]
    [InlineData(typeof(Nameless), "*has no name*")]
    [InlineData(typeof(BadName), "*'a b' is no name*")]
    [InlineData(typeof(NoName), "*is no name*")]
    [InlineData(typeof(BadVersion), "*0 is no version*")]
    [InlineData(typeof(Unsatisfied), "*asks for 'System.Uri endpoint'*")]
    [InlineData(typeof(TwoConstructors), "*2 public constructors*")]
    public async Task What_is_no_workflow_is_refused_when_it_is_registered(Type type, string message)
    {
        var world = await StartAsync();

        var register = () => world.Register(typeof(Other), type);

        register.Should().Throw<InvalidRegistrationException>().WithMessage(message)
            .Which.Should().BeEquivalentTo(new { Type = type, Code = ErrorCodes.InvalidRegistration });
        var start = () => world.StartRunAsync("other", 1, cancellationToken: Limit);
        (await start.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.WorkflowNotFound);
    }

    [Fact]
    public async Task Two_classes_of_one_name_and_version_are_refused()
    {
        var world = await StartAsync();

        var register = () => world.Register(typeof(Other), typeof(OtherAgain));

        register.Should().Throw<ConflictException>().Which.Code.Should().Be(ErrorCodes.DuplicateWorkflow);
        world.Register<Other>();
    }

    [Fact]
    public void A_class_that_needs_something_is_refused_where_there_are_no_services()
    {
        var world = Worlds.Create();

        var register = () => world.Register<Greet>();

        register.Should().Throw<InvalidRegistrationException>().WithMessage("*Session session*WorldOptions.Services is not set*");
    }

    private protected override ValueTask DisposeFilesAsync() => _services.DisposeAsync();

    private async Task<World> StartAsync(Action<WorldOptions>? configure = null)
    {
        var world = await Worlds.StartAsync(options =>
        {
            options.Services = _services;
            configure?.Invoke(options);
        });
        world.Register<Greet>();
        world.Register(typeof(Nap), typeof(Stubborn));
        return world;
    }

    internal sealed class Sessions
    {
        private readonly Lock _lock = new();
        private readonly List<Session> _all = [];

        public IReadOnlyList<Session> All
        {
            get
            {
                lock (_lock)
                {
                    return [.. _all];
                }
            }
        }

        public bool Refuses { get; set; }

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool? SawDisposed { get; set; }

        public int Add(Session session)
        {
            lock (_lock)
            {
                _all.Add(session);
                return _all.Count;
            }
        }
    }

    internal sealed class Session : IAsyncDisposable
    {
        public Session(Sessions sessions)
        {
            Owner = sessions;
            Number = sessions.Add(this);
        }

        public Sessions Owner { get; }

        public int Number { get; }

        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask DisposeAsync()
        {
            Disposed.SetResult();
            return ValueTask.CompletedTask;
        }
    }

    [Workflow("greet", Version = 2)]
    private sealed class Greet : Workflow<string, string>
    {
        private readonly Session _session;

        public Greet(Session session) =>
            _session = session.Owner.Refuses ? throw new InvalidOperationException("Not yet.") : session;

        public override async Task<string> ExecuteAsync(WorkflowContext flow, string input)
        {
            var count = await flow.StepAsync("count", _ => Task.FromResult(_session.Number + 1));
            return $"Hello, {input} of {Math.Min(count, 2)}";
        }
    }

    [Workflow("nap")]
    private sealed class Nap(Session session) : Workflow<int, string>
    {
        private readonly List<string> _notes = [];

        public override async Task<string> ExecuteAsync(WorkflowContext flow, int input)
        {
            _notes.Add("before");
            await flow.SleepAsync(TimeSpan.FromSeconds(input));
            _notes.Add("after");
            var instance = await flow.StepAsync("look", _ => Task.FromResult(session.Number > 1 ? 2 : 1));
            return $"{string.Join(", ", _notes)}; woken as instance {instance}";
        }
    }

    [Workflow("stubborn")]
    private sealed class Stubborn(Session session) : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => flow.StepAsync("wait", async _ =>
        {
            session.Owner.Entered.TrySetResult();
            await session.Owner.Gate.Task;
            session.Owner.SawDisposed = session.Disposed.Task.IsCompleted;
            return input;
        });
    }

    [Workflow("other")]
    private sealed class Other : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

    [Workflow("other")]
    private sealed class OtherAgain : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

#pragma warning disable CA1852 // classes that ought to be sealed are what this is about
    [Workflow("not-sealed")]
    private class NotSealed : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }
#pragma warning restore CA1852

    [Workflow("abstract")]
    private abstract class Abstract : Workflow<int, int>;

    [Workflow("open")]
    private sealed class Open<T> : Workflow<T, T>
    {
        public override Task<T> ExecuteAsync(WorkflowContext flow, T input) => Task.FromResult(input);
    }

    private sealed class Nameless : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

    [Workflow("a b")]
    private sealed class BadName : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

    [Workflow(null!)]
    private sealed class NoName : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

    [Workflow("bad-version", Version = 0)]
    private sealed class BadVersion : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input);
    }

    [Workflow("unsatisfied")]
    private sealed class Unsatisfied(Uri endpoint) : Workflow<int, int>
    {
        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(endpoint.Port);
    }

    [Workflow("two-constructors")]
    private sealed class TwoConstructors : Workflow<int, int>
    {
        private readonly int _more;

        public TwoConstructors()
        {
        }

        public TwoConstructors(int more) => _more = more;

        public override Task<int> ExecuteAsync(WorkflowContext flow, int input) => Task.FromResult(input + _more);
    }
}
