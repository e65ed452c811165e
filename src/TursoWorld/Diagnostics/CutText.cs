using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TursoWorld.Diagnostics;

/// <summary>Texts of strangers that are stored and logged: they must stay readable.</summary>
internal static class CutText
{
    /// <returns>At most the first so many characters, and how many there were; half of a character is not left behind.</returns>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? To(string? text, int most)
    {
        if (text is null || text.Length <= most)
        {
            return text;
        }

        var length = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)} (cut: {text.Length} characters)");
    }
}
