namespace TursoWorld.Abstractions;

/// <summary>What the keys of a run's state may be.</summary>
internal static class StateRules
{
    private const int MaxKeyLength = 256;

    /// <exception cref="InvalidEventException">It cannot be a key.</exception>
    public static void Check(string key)
    {
        if (key.Length is 0 or > MaxKeyLength)
        {
            throw InvalidEventException.StateKey(
                $"A key of the state of a run has {key.Length} characters. Keys have 1 to {MaxKeyLength}; put what is longer into the value.");
        }

        if (key.AsSpan().IndexOfAnyInRange('\0', '\u001f') is var control and >= 0)
        {
            throw InvalidEventException.StateKey(
                $"A key of the state of a run has a control character at index {control}. Use printable characters.");
        }

        if (WellFormed.FindHalfCharacter(key) is { } half)
        {
            throw InvalidEventException.StateKey(
                $"A key of the state of a run has half of a character at index {half}: a text was cut between the two halves of a surrogate pair.");
        }
    }
}
