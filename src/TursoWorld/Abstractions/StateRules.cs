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

        for (var i = 0; i < key.Length; i++)
        {
            if (char.IsControl(key[i]))
            {
                throw InvalidEventException.StateKey(
                    $"A key of the state of a run has a control character at index {i}. Use printable characters.");
            }
        }

        if (WellFormed.ProblemOf(key, "A key of the state of a run") is { } problem)
        {
            throw InvalidEventException.StateKey(problem);
        }
    }
}
