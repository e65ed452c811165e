using System.Text;

namespace TursoWorld.Abstractions;

/// <summary>The limits of attributes. How many a run may have is up to whoever knows those it has.</summary>
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

            RequireWellFormed(name, "The name of an attribute");
            if (value is not null)
            {
                RequireWellFormed(value, $"The value of attribute '{name}'");
                if (Encoding.UTF8.GetByteCount(value) is var bytes and > MaxValueBytes)
                {
                    throw InvalidEventException.Attributes(
                        $"The value of attribute '{name}' has {bytes} bytes. Values have at most {MaxValueBytes} in UTF-8; "
                        + "store what is longer in the input of the run.");
                }
            }
        }
    }

    /// <summary>Checks what a run of this library is to begin with.</summary>
    /// <param name="attributes">The attributes.</param>
    /// <param name="lineage">How many more it gets that say where it comes from.</param>
    /// <exception cref="InvalidEventException">A limit is broken.</exception>
    public static void CheckAll(IReadOnlyDictionary<string, string?> attributes, int lineage = 0)
    {
        Check(attributes, allowReserved: false);
        if (attributes.Count + lineage > MaxCount)
        {
            throw TooMany(runId: null);
        }
    }

    public static InvalidEventException TooMany(string? runId) => InvalidEventException.Attributes(
        $"{(runId is null ? "The run" : $"Run '{runId}'")} would have more than {MaxCount} attributes. Remove some first.");

    /// <summary>Whether two changes of attributes are the same, in whatever order.</summary>
    public static bool AreSame(IReadOnlyDictionary<string, string?> one, IReadOnlyDictionary<string, string?> other) =>
        one.Count == other.Count && one.All(change => other.TryGetValue(change.Key, out var value) && value == change.Value);

    private static void RequireWellFormed(string text, string what)
    {
        if (WellFormed.ProblemOf(text, what) is { } problem)
        {
            throw InvalidEventException.Attributes(problem);
        }
    }
}
