using System.Text.Json;

namespace TursoWorld.Storage;

/// <summary>Attributes as the column of <c>workflow_runs</c> holds them.</summary>
internal static class AttributeText
{
    /// <param name="attributes">Values; in a change, null removes one.</param>
    public static string Of(IReadOnlyDictionary<string, string?> attributes) =>
        JsonSerializer.Serialize(attributes, StorageJson.Default.IReadOnlyDictionaryStringString);

    /// <returns>Null for none.</returns>
    public static string? OfNew(IReadOnlyDictionary<string, string> attributes) =>
        attributes.Count == 0 ? null : Of(attributes!); // a value may be null there, and none is
}
