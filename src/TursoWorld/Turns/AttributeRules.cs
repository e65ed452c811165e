using System.Text;
using System.Text.Json;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The limits of attributes. How many a run may have is guarded by the write itself.</summary>
internal static class AttributeRules
{
    public const int MaxCount = 64;

    private const int MaxNameLength = 256;
    private const int MaxValueBytes = 256;
    private const char Reserved = '$';

    /// <exception cref="InvalidEventException">A name or value breaks a limit.</exception>
    public static void Check(IEnumerable<KeyValuePair<string, string?>> attributes, bool allowReserved)
    {
        foreach (var (name, value) in attributes)
        {
            if (name.Length is 0 or > MaxNameLength)
            {
                throw InvalidEventException.Attributes(
                    $"An attribute has a name of {name.Length} characters. Names have 1 to {MaxNameLength}.");
            }

            if (name[0] == Reserved && !allowReserved)
            {
                throw InvalidEventException.Attributes(
                    $"The attribute '{name}' begins with '$', which is reserved. Choose another name.");
            }

            EventRules.RequireWellFormed(name, "The name of an attribute");
            if (value is not null)
            {
                EventRules.RequireWellFormed(value, $"The value of attribute '{name}'");
                if (Encoding.UTF8.GetByteCount(value) is var bytes and > MaxValueBytes)
                {
                    throw InvalidEventException.Attributes(
                        $"The value of attribute '{name}' has {bytes} bytes. Values have at most {MaxValueBytes} in UTF-8; "
                        + "store what is longer in the input of the run.");
                }
            }
        }
    }

    public static InvalidEventException TooMany(string? runId) => InvalidEventException.Attributes(
        $"{(runId is null ? "The run" : $"Run '{runId}'")} would have more than {MaxCount} attributes. Remove some first.");

    public static string ToJson(IReadOnlyDictionary<string, string?> attributes) =>
        JsonSerializer.Serialize(attributes, StorageJson.Default.IReadOnlyDictionaryStringString);
}
