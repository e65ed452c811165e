namespace TursoWorld;

/// <summary>Which part of a list to read, and in which order: that in which entries were made, or the opposite one.</summary>
public sealed record PageRequest
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 1_000;

    /// <summary>At most this many entries: 1 to 1,000. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>The <see cref="Page{T}.Cursor"/> of the page before; null for the first page.</summary>
    public string? Cursor { get; init; }

    /// <summary>Default: oldest first. Pages that follow a cursor must keep the order of the first one.</summary>
    public SortOrder Order { get; init; } = SortOrder.Ascending;

    /// <summary>Whether payloads are read as well; the bytes of chunks always are. Default: yes.</summary>
    public ResolveData Data { get; init; } = ResolveData.All;
}
