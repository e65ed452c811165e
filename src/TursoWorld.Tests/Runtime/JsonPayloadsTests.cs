using System.Text;
using System.Text.Json;
using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class JsonPayloadsTests
{
    private readonly JsonPayloads _payloads = new(JsonSerializerOptions.Default);

    [Fact]
    public void What_is_written_is_read()
    {
        var order = new Order("A-1", [1.5m, -2m], new Dictionary<string, string?> { ["ключ"] = null });

        var read = _payloads.Deserialize<Order>(_payloads.Serialize(order, "An order"), "An order");

        read.Should().BeEquivalentTo(order);
    }

    [Fact]
    public void Null_is_written_as_null()
    {
        var bytes = _payloads.Serialize<string?>(null, "Nothing");

        Encoding.UTF8.GetString(bytes.Span).Should().Be("null");
        _payloads.Deserialize<string?>(bytes, "Nothing").Should().BeNull();
    }

    [Fact]
    public void An_absent_payload_is_the_default_of_its_type()
    {
        _payloads.Deserialize<int>(null, "Nothing").Should().Be(0);
        _payloads.Deserialize<string?>(null, "Nothing").Should().BeNull();
    }

    [Fact]
    public void What_cannot_be_written_is_a_typed_error_that_says_what_it_was()
    {
        var cycle = new Node();
        cycle.Next = cycle;

        var write = () => _payloads.Serialize(cycle, "The input of workflow 'w'");

        write.Should().Throw<SerializationException>().WithMessage("The input of workflow 'w'*Node*")
            .Which.Code.Should().Be(ErrorCodes.Serialization);
    }

    [Fact]
    public void What_cannot_be_read_is_a_typed_error_that_says_what_it_was()
    {
        var text = _payloads.Serialize("no number", "Text");

        var read = () => _payloads.Deserialize<int>(text, "The result of step 'a'");

        read.Should().Throw<SerializationException>().WithMessage("The result of step 'a'*System.Int32*");
    }

    private sealed record Order(string Id, decimal[] Prices, Dictionary<string, string?> Notes);

    private sealed class Node
    {
        public Node? Next { get; set; }
    }
}
