using System.Collections;
using System.Text.Json;
using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class StructuredErrorsTests
{
    [Fact]
    public void Own_properties_and_data_of_an_exception_are_kept()
    {
        var exception = new OrderException("no") { Data = { ["attempt"] = 3, [7] = "seven", ["half"] = "a\ud800" } };

        var error = StructuredErrors.From(exception);

        Text(error.Properties).Should().Be(
            """{"OrderId":"o-1","Amount":12.5,"IsFinal":true,"Kind":"Card","At":"2026-01-02T03:04:05.0000000Z","Lines":["a","b"],"Line":"Line { Name = x }","Bad":"It could not be read: InvalidOperationException."}""");
        Text(error.Data).Should().Be("""{"attempt":3,"7":"seven","half":"a\uFFFD"}""");
        StructuredErrors.From(new InvalidOperationException("plain")).Should().Match<StructuredError>(plain =>
            plain.Properties == null && plain.Data == null && plain.Cause == null && plain.FurtherCauses == null);
    }

    [Fact]
    public void All_causes_of_several_are_kept()
    {
        var error = StructuredErrors.From(new AggregateException(
            new TimeoutException("1"), new OrderException("2"), new AggregateException(new TimeoutException("3"), new TimeoutException("4"))));

        error.Cause!.Message.Should().Be("1");
        error.FurtherCauses!.Select(cause => cause.Message).Should().HaveCount(2).And.StartWith("2");
        error.FurtherCauses![0].Properties.Should().ContainKey("OrderId");
        error.FurtherCauses![1].FurtherCauses.Should().ContainSingle().Which.Message.Should().Be("4");
        var many = StructuredErrors.From(new AggregateException(Enumerable.Range(0, 1_000).Select(i => new TimeoutException($"{i}"))));
        many.FurtherCauses.Should().HaveCount(63);
    }

    [Fact]
    public void What_cannot_be_read_or_has_no_end_stops_nothing()
    {
        var endless = new OrderException("no");
        for (var i = 0; i < 100; i++)
        {
            endless.Data[i] = new string('x', 5_000);
        }

        var error = StructuredErrors.From(endless);

        error.Data.Should().HaveCount(32);
        error.Data!.Values.Should().OnlyContain(value => value.GetString()!.Length == 1_001);
        StructuredErrors.From(new HostileException()).Message.Should().NotBeEmpty();
    }

    private static string Text(IReadOnlyDictionary<string, JsonElement>? details) => JsonSerializer.Serialize(details);

    private sealed record Line(string Name);

    private sealed class OrderException(string message) : Exception(message)
    {
        public string OrderId { get; } = "o-1";

        public decimal Amount { get; } = 12.5m;

        public bool IsFinal { get; } = true;

        public PaymentKind Kind { get; } = PaymentKind.Card;

        public DateTime At { get; } = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

        public IReadOnlyList<string> Lines { get; } = new List<string> { "a", "b" };

        public Line Line { get; } = new("x");

        public string? Nothing { get; }

        public object Self => this.Message.Length == 0 ? this : new object();

        public string Bad => throw new InvalidOperationException(Message);
    }

    private enum PaymentKind
    {
        Card = 1,
    }

    private sealed class HostileException : Exception
    {
        public override string Message => throw new InvalidOperationException();

        public override IDictionary Data => throw new InvalidOperationException();

        public IReadOnlyList<object> Loop => [this, .. Enumerable.Repeat(new object(), 100)];

        public override string ToString() => throw new InvalidOperationException();
    }
}
