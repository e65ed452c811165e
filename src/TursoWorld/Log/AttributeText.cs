using System.Collections.ObjectModel;
using System.Text.Json;

namespace TursoWorld.Log;

/// <summary>Attributes as the column of <c>workflow_runs</c> holds them.</summary>
internal static class AttributeText
{
    /// <param name="attributes">Values; in a change, null removes one.</param>
    public static string Of(IReadOnlyDictionary<string, string?> attributes) =>
        JsonSerializer.Serialize(attributes, StorageJson.Default.IReadOnlyDictionaryStringString);

    /// <returns>Null for none.</returns>
    public static string? OfNew(IReadOnlyDictionary<string, string> attributes) =>
        attributes.Count == 0 ? null : Of(attributes!); // a value may be null there, and none is

    /// <exception cref="StorageException">It is not what this library writes.</exception>
    public static IReadOnlyDictionary<string, string> Read(string? column)
    {
        try
        {
            return (column is null ? null : JsonSerializer.Deserialize(column, StorageJson.Default.IReadOnlyDictionaryStringString))
                ?? ReadOnlyDictionary<string, string>.Empty;
        }
        catch (JsonException exception)
        {
            throw new StorageException(
                ErrorCodes.DatabaseCorrupt,
                "The attributes of a run cannot be read. CheckIntegrityAsync names the run.",
                isTransient: false,
                exception);
        }
    }
}
