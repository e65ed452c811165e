using System.Text.Json;

namespace TursoWorld.Storage;

/// <summary>Attributes as the column of <c>workflow_runs</c> holds them.</summary>
internal static class AttributeText
{
    /// <param name="attributes">Values; in a change, null removes one.</param>
    public static string Of(IReadOnlyDictionary<string, string?> attributes) =>
        JsonSerializer.Serialize(attributes, StorageJson.Default.IReadOnlyDictionaryStringString);
}
