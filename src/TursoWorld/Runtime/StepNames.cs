using System.Runtime.InteropServices;

namespace TursoWorld.Runtime;

/// <summary>
/// The names that the steps of one run have in its log: as the code gives them, and from the second use of a name on with
/// an ordinal behind it, as in <c>charge</c>, <c>charge#1</c>, <c>charge#2</c>.
/// </summary>
internal sealed class StepNames
{
    private readonly Dictionary<string, int> _uses = [];

    /// <param name="name">The name that the code gives; uses count in the order of the calls.</param>
    public string Next(string name)
    {
        ref var uses = ref CollectionsMarshal.GetValueRefOrAddDefault(_uses, name, out _);
        var ordinal = uses++;

        // A name that looks numbered by itself gets an ordinal from its first use on. Taking the last ordinal off then tells
        // for every name in the log which name it came from, so no two uses ever meet.
        return ordinal > 0 || LooksNumbered(name) ? $"{name}#{ordinal}" : name;
    }

    private static bool LooksNumbered(string name)
    {
        var front = name.AsSpan().TrimEnd("0123456789");
        return front.Length < name.Length && front.EndsWith('#');
    }
}
