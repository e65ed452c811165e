using System.Text.Json;
using System.Text.Json.Serialization;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Texts that refuse to be written when they have half of a character, which JSON cannot hold and which is replaced otherwise.</summary>
internal sealed class StrictText : JsonConverter<string>
{
    /// <summary>As the options, and strict.</summary>
    public static JsonSerializerOptions AddTo(JsonSerializerOptions options)
    {
        var strict = new JsonSerializerOptions(options);
        strict.Converters.Insert(0, new StrictText());
        strict.Converters.Insert(0, new StrictCharacter());
        return strict;
    }

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Checked(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString()!; // a name is never null

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(Checked(value));

    private static string Checked(string text) => WellFormed.FindHalfCharacter(text) is { } index
        ? throw new LossException(
            $"A text has half of a character at index {index}, which would come back as another one: it was cut between the two halves "
            + "of a surrogate pair. Cut texts between characters, or keep bytes.")
        : text;

    private sealed class StrictCharacter : JsonConverter<char>
    {
        public override char Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()![0]; // only writes

        public override void Write(Utf8JsonWriter writer, char value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Checked(value.ToString()));

        public override char ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()![0]; // only writes

        public override void WriteAsPropertyName(Utf8JsonWriter writer, char value, JsonSerializerOptions options) =>
            writer.WritePropertyName(Checked(value.ToString()));
    }
}
