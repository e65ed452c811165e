namespace TursoWorld;

/// <summary>Which part of a list to read. Lists are in the order in which their entries were made, oldest first.</summary>
public sealed record PageRequest
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>At most this many entries: 1 to 1,000. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>The <see cref="Page{T}.Cursor"/> of the page before; null for the first page.</summary>
    public string? Cursor { get; init; }
}
