namespace TursoWorld.Abstractions;

/// <summary>
/// Half of a character, a lone surrogate, cannot be stored: another text would come back than went in. A NUL can be, and ends
/// the text for some functions of SQLite, so that it would not be found again.
/// </summary>
internal static class WellFormed
{
    /// <exception cref="ArgumentException">The text cannot be stored: the log would have another one than was asked for.</exception>
    public static void Require(string text, string what)
    {
        if (ProblemOf(text, what) is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }

    /// <param name="text">What is to be stored.</param>
    /// <param name="what">What it is, in words.</param>
    /// <returns>What is wrong with it, in words; null when nothing is.</returns>
    public static string? ProblemOf(string text, string what) => FindHalfCharacter(text) is { } index
        ? $"{what} has half of a character at index {index}: a text was cut between the two halves of a surrogate pair."
        : text.IndexOf('\0', StringComparison.Ordinal) is var at and >= 0 ? $"{what} has a NUL at index {at}. Leave it out."
        : null;

    /// <returns>Where the first half of a character is; null when there is none.</returns>
    public static int? FindHalfCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return i;
            }
        }

        return null;
    }
}
