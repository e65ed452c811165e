using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class ActivationTests
{
    [Fact]
    public async Task An_instance_gets_what_its_constructor_asks_for_in_a_scope_of_its_own()
    {
        await using var services = new ServiceCollection().AddScoped<Session>().BuildServiceProvider(validateScopes: true);
        var activation = new Activation(services);

        activation.Check(typeof(WithSession));
        await using var first = activation.Create(typeof(WithSession));
        await using var second = activation.Create(typeof(WithSession));

        ((WithSession)first.Instance).Session.Should().NotBeSameAs(((WithSession)second.Instance).Session);
    }

    [Fact]
    public async Task The_end_of_an_instance_is_the_end_of_its_scope()
    {
        await using var services = new ServiceCollection().AddScoped<Session>().BuildServiceProvider();
        var activated = new Activation(services).Create(typeof(WithSession));
        var instance = (WithSession)activated.Instance;

        await activated.DisposeAsync();

        instance.Log.Should().Equal("instance", "session");
    }

    [Fact]
    public async Task Keyed_services_are_told_apart_by_their_keys()
    {
        await using var services = new ServiceCollection().AddKeyedScoped<Session>("known").BuildServiceProvider();
        var activation = new Activation(services);

        var known = () => activation.Check(typeof(Keyed));
        var unknown = () => activation.Check(typeof(KeyedOtherwise));

        known.Should().NotThrow();
        unknown.Should().Throw<InvalidRegistrationException>();
    }

    [Fact]
    public void Without_services_a_constructor_that_needs_nothing_will_do()
    {
        var activation = new Activation(null);

        activation.Check(typeof(Optional));

        ((Optional)activation.Create(typeof(Optional)).Instance).Number.Should().Be(7);
    }

    [Fact]
    public async Task What_nobody_can_provide_is_refused_before_it_is_needed()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();

        var without = () => new Activation(null).Check(typeof(WithSession));
        var with = () => new Activation(services).Check(typeof(WithSession));

        without.Should().Throw<InvalidRegistrationException>().WithMessage("*WithSession*Session session*Services is not set*")
            .Which.Should().BeEquivalentTo(new { Type = typeof(WithSession), Code = ErrorCodes.InvalidRegistration, HttpStatus = 400 });
        with.Should().Throw<InvalidRegistrationException>().WithMessage("*Session session*does not know*");
    }

    [Theory]
    [InlineData(typeof(Stream))]
    [InlineData(typeof(List<>))]
    [InlineData(typeof(int))]
    [InlineData(typeof(IDisposable))]
    [InlineData(typeof(Ambiguous))]
    [InlineData(typeof(Hidden))]
    public void What_cannot_be_made_is_refused(Type type)
    {
        var check = () => new Activation(null).Check(type);

        check.Should().Throw<InvalidRegistrationException>().Which.Type.Should().Be(type);
    }

    [Fact]
    public void One_of_several_constructors_may_be_marked()
    {
        var activation = new Activation(null);

        activation.Check(typeof(Marked));

        ((Marked)activation.Create(typeof(Marked)).Instance).Number.Should().Be(1);
    }

    [Fact]
    public void A_provider_that_cannot_say_what_it_knows_is_asked_when_it_matters()
    {
        var session = new Session();
        var activation = new Activation(new Plain(session));

        activation.Check(typeof(WithSession));

        ((WithSession)activation.Create(typeof(WithSession)).Instance).Session.Should().BeSameAs(session);
    }

    private sealed class Session : IAsyncDisposable
    {
        public List<string> Log { get; } = [];

        public ValueTask DisposeAsync()
        {
            Log.Add("session");
            return ValueTask.CompletedTask;
        }
    }

    private sealed class WithSession(Session session) : IDisposable
    {
        public Session Session => session;

        public IReadOnlyList<string> Log => session.Log;

        public void Dispose() => session.Log.Add("instance");
    }

    private sealed class Keyed([FromKeyedServices("known")] Session session)
    {
        public Session Session => session;
    }

    private sealed class KeyedOtherwise([FromKeyedServices("unknown")] Session session)
    {
        public Session Session => session;
    }

    private sealed class Optional(int number = 7)
    {
        public int Number => number;
    }

    private sealed class Ambiguous
    {
        public Ambiguous()
        {
        }

        public Ambiguous(int number) => Number = number;

        public int Number { get; }
    }

    private sealed class Marked
    {
        public Marked(string text) => Number = text.Length;

        [ActivatorUtilitiesConstructor]
        public Marked() => Number = 1;

        public int Number { get; }
    }

    private sealed class Hidden
    {
        private Hidden()
        {
        }
    }

    private sealed class Plain(object service) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(service) ? service : null;
    }
}
