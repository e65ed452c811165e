using System.Globalization;

namespace TursoWorld.Abstractions;

/// <summary>
/// Turns the rows behind a key into a page. Keys are given in commit order and never change, so a reader that follows them
/// neither skips nor repeats a row, whatever is written meanwhile.
/// </summary>
/// <param name="List">Whose cursors these are.</param>
/// <param name="Page">What was asked for.</param>
internal readonly record struct Keyset(PagedList List, PageRequest Page)
{
    public static Keyset Of(PagedList list, PageRequest? page)
    {
        page ??= new PageRequest();
        ArgumentOutOfRangeException.ThrowIfLessThan(page.Limit, 1, nameof(page));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(page.Limit, PageRequest.MaxLimit, nameof(page));
        if (!Enum.IsDefined(page.Order))
        {
            throw new ArgumentOutOfRangeException(nameof(page), page.Order, "The order is neither ascending nor descending.");
        }

        return new Keyset(list, page);
    }

    public bool IsDescending => Page.Order == SortOrder.Descending;

    public bool WithData => Page.Data == ResolveData.All;

    /// <summary>The key to read behind, in the order of the list.</summary>
    /// <exception cref="InvalidCursorException">The text is no cursor of this list and order.</exception>
    public long After
    {
        get
        {
            if (Page.Cursor is not { } cursor)
            {
                return IsDescending ? long.MaxValue : 0;
            }

            return cursor.StartsWith(Prefix, StringComparison.Ordinal)
                && long.TryParse(cursor.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var key)
                ? key
                : throw new InvalidCursorException(cursor);
        }
    }

    /// <summary>One more than wanted: whether there is one says whether there is a further page.</summary>
    public int Limit => Page.Limit + 1;

    private string Prefix => $"{(char)List}{(IsDescending ? '-' : '+')}";

    /// <param name="rows">At most <see cref="Limit"/>.</param>
    /// <param name="keyOf">The key of a row.</param>
    /// <param name="toModel">The entry that a row becomes.</param>
    public Page<TModel> ToPage<TRow, TModel>(List<TRow> rows, Func<TRow, long> keyOf, Func<TRow, TModel> toModel)
    {
        var items = rows.Take(Page.Limit).ToList();
        return new Page<TModel>
        {
            Items = items.ConvertAll(row => toModel(row)),
            Cursor = items.Count == 0 ? Page.Cursor : CursorAt(keyOf(items[^1])),
            HasMore = rows.Count > Page.Limit,
        };
    }

    public string CursorAt(long key) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{key}");
}

/// <summary>The lists that have pages. Each has a letter, which its cursors begin with: one of another list is refused.</summary>
internal enum PagedList
{
    Chunks = 'k',
    CorrelatedEvents = 'c',
    DeadMessages = 'd',
    Events = 'e',
    Hooks = 'h',
    Runs = 'r',
    State = 'v',
    Steps = 's',
    Waits = 'w',
}
