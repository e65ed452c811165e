using System.Globalization;

namespace TursoWorld.Storage;

/// <summary>Turns the rows behind a key into a page.</summary>
internal static class Keyset
{
    /// <summary>The key to read behind.</summary>
    /// <exception cref="InvalidCursorException">The text is no cursor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not between 1 and 1,000.</exception>
    public static long After(PageRequest page)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(page.Limit, 1, nameof(page));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(page.Limit, PageRequest.MaxLimit, nameof(page));
        if (page.Cursor is null)
        {
            return 0;
        }

        return long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            ? key
            : throw new InvalidCursorException(page.Cursor);
    }

    /// <param name="rows">One more than the limit, if there are as many.</param>
    public static Page<TModel> ToPage<TRow, TModel>(
        PageRequest page, List<TRow> rows, Func<TRow, long> keyOf, Func<TRow, TModel> toModel)
    {
        var hasMore = rows.Count > page.Limit;
        var items = rows.Take(page.Limit).ToList();
        return new Page<TModel>
        {
            Items = items.ConvertAll(row => toModel(row)),
            Cursor = items.Count == 0 ? page.Cursor : keyOf(items[^1]).ToString(CultureInfo.InvariantCulture),
            HasMore = hasMore,
        };
    }
}
