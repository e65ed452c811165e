namespace TursoWorld;

/// <summary>Part of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public sealed record Page<T>
{
    /// <summary>The entries, in the order that was asked for.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>
    /// Where the next page begins: pass it in <see cref="PageRequest.Cursor"/>. Not null whenever the page has entries,
    /// even on the last page, so that a reader can come back later for what has been added since.
    /// </summary>
    public required string? Cursor { get; init; }

    /// <summary>Whether more entries existed when the page was read.</summary>
    public required bool HasMore { get; init; }
}
