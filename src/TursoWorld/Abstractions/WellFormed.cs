namespace TursoWorld.Abstractions;

/// <summary>Half of a character, a lone surrogate, cannot be stored: another text would come back than went in.</summary>
internal static class WellFormed
{
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
