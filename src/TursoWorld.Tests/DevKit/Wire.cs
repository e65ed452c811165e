using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>How values look between the world and its adapter: JSON, in which bytes and instants are tagged.</summary>
internal static class Wire
{
    public static string Text(this JsonElement from, string name) =>
        from.TextOrNull(name) ?? throw new ArgumentException($"'{name}' is missing in {from.GetRawText()}.");

    public static string? TextOrNull(this JsonElement from, string name) => from.Find(name)?.GetString();

    public static int? NumberOrNull(this JsonElement from, string name) => from.Find(name)?.GetInt32();

    public static bool Flag(this JsonElement from, string name) => from.Find(name)?.GetBoolean() ?? false;

    public static bool? FlagOrNull(this JsonElement from, string name) => from.Find(name)?.GetBoolean();

    public static DateTimeOffset? InstantOrNull(this JsonElement from, string name) => from.Find(name)?.GetDateTimeOffset();

    public static ReadOnlyMemory<byte>? BytesOrNull(this JsonElement from, string name) =>
        from.Find(name) is { } tagged ? tagged.ToBytes() : (ReadOnlyMemory<byte>?)null;

    public static ReadOnlyMemory<byte> ToBytes(this JsonElement tagged) => tagged.GetProperty("data").GetBytesFromBase64();

    public static Dictionary<string, T>? MapOrNull<T>(this JsonElement from, string name) =>
        from.Find(name)?.Deserialize<Dictionary<string, T>>();

    /// <returns>Null for what is absent, undefined or null.</returns>
    public static JsonElement? Find(this JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value)
            && value.ValueKind is not JsonValueKind.Null
                ? value
                : null;

    public static JsonNode? ToNode(ReadOnlyMemory<byte>? bytes) =>
        bytes is { } some ? Tagged("Uint8Array", Convert.ToBase64String(some.Span)) : null;

    public static JsonNode? ToNode(DateTimeOffset? at) =>
        at is { } some ? Tagged("Date", some.ToString("O", CultureInfo.InvariantCulture)) : null;

    public static JsonNode? ToNode<T>(IReadOnlyDictionary<string, T>? map) => JsonSerializer.SerializeToNode(map);

    public static JsonNode? ToNode(JsonElement? element) => element is { } some ? JsonNode.Parse(some.GetRawText()) : null;

    /// <summary>An object without the fields that are null: what is absent stays absent.</summary>
    public static JsonObject Object(params IEnumerable<(string Name, JsonNode? Value)> fields) =>
        new(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static JsonObject Tagged(string type, string data) => new() { ["__type"] = type, ["data"] = data };
}
