using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class PayloadSerializerTests
{
    private static readonly JsonSerializerOptions Generated = new() { TypeInfoResolver = KnownTypes.Default };

    [Fact]
    public void A_generated_context_alone_is_enough()
    {
        var payloads = new JsonPayloads(Generated);

        var read = payloads.Deserialize<Parcel>(payloads.Serialize(new Parcel("A-1", 2), "A parcel"), "A parcel");

        read.Should().Be(new Parcel("A-1", 2));
    }

    [Fact]
    public void A_type_that_a_generated_context_does_not_know_is_a_typed_error_that_names_the_remedy()
    {
        var payloads = new JsonPayloads(Generated);

        var write = () => payloads.Serialize(new Stranger("x"), "The input of workflow 'w'");
        var read = () => payloads.Deserialize<Stranger>("{}"u8.ToArray(), "The result of step 's'");

        write.Should().Throw<SerializationException>()
            .WithMessage("The input of workflow 'w'*[JsonSerializable(typeof(Stranger))]*JsonSerializerContext*");
        read.Should().Throw<SerializationException>()
            .WithMessage("The result of step 's'*[JsonSerializable(typeof(Stranger))]*JsonSerializerContext*");
    }

    [Fact]
    public void What_a_serializer_throws_is_the_cause_of_a_typed_error()
    {
        var payloads = new JsonPayloads(new Throwing());

        var write = () => payloads.Serialize(1, "The input of workflow 'w'");
        var read = () => payloads.Deserialize<int>("1"u8.ToArray(), "The result of step 's'");

        write.Should().Throw<SerializationException>().WithMessage("The input of workflow 'w'*WorldOptions.Serializer*")
            .WithInnerException<TimeoutException>();
        read.Should().Throw<SerializationException>().WithInnerException<TimeoutException>();
    }

    [Fact]
    public void What_a_converter_throws_is_the_cause_of_a_typed_error()
    {
        var payloads = new JsonPayloads(new JsonSerializerOptions { Converters = { new ThrowingConverter() } });

        var write = () => payloads.Serialize(new Stranger("x"), "A stranger");

        write.Should().Throw<SerializationException>().WithInnerException<TimeoutException>();
    }

    [Theory]
    [InlineData("text")]
    [InlineData(null)]
    public void A_serializer_that_returns_another_type_is_a_typed_error(object? other)
    {
        var payloads = new JsonPayloads(new Returning(other));

        var read = () => payloads.Deserialize<int>(default(ReadOnlyMemory<byte>), "The result of step 's'");

        read.Should().Throw<SerializationException>().WithMessage("*cannot be read as System.Int32*");
    }

    private sealed record Stranger(string Name);

    private sealed class Throwing : IPayloadSerializer
    {
        public ReadOnlyMemory<byte> Serialize(object? value, Type type) => throw new TimeoutException("write");

        public object? Deserialize(ReadOnlyMemory<byte> payload, Type type) => throw new TimeoutException("read");
    }

    private sealed class Returning(object? value) : IPayloadSerializer
    {
        public ReadOnlyMemory<byte> Serialize(object? value, Type type) => default;

        public object? Deserialize(ReadOnlyMemory<byte> payload, Type type) => value;
    }

    private sealed class ThrowingConverter : JsonConverter<Stranger>
    {
        public override Stranger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new TimeoutException("read");

        public override void Write(Utf8JsonWriter writer, Stranger value, JsonSerializerOptions options) =>
            throw new TimeoutException("write");
    }
}

internal sealed record Parcel(string Id, int Pieces);

[JsonSerializable(typeof(Parcel))]
internal sealed partial class KnownTypes : JsonSerializerContext;
