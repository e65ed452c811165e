namespace TursoWorld.Sql.LibSql;

/// <summary>Units on their way to the server in one transaction.</summary>
internal sealed class Flush(IReadOnlyList<FlushItem> items)
{
    /// <summary>Those that have no result that counts yet.</summary>
    public IReadOnlyList<FlushItem> Items { get; private set; } = items;

    /// <summary>How they are sent.</summary>
    public FlushForm Form { get; set; }

    /// <summary>Gives every unit the same result.</summary>
    public void Fail(UnitResult result)
    {
        foreach (var item in Items)
        {
            item.Result = result;
        }
    }

    /// <summary>
    /// It was committed, and its answer lost. Units that return rows have lost them; units that were refused have written nothing,
    /// and are all that is left.
    /// </summary>
    public void Restore(IReadOnlySet<int> refused, UnitResult lost)
    {
        for (var i = 0; i < Items.Count; i++)
        {
            var item = Items[i];
            item.Result = item.ReturnsRows ? lost : item.CommittedWithoutRows();
        }

        Items = [.. Items.Where((_, i) => refused.Contains(i))];
    }

    /// <summary>The units in smaller flushes: in two, or each for itself.</summary>
    public IEnumerable<Flush> Divide(int largest) => Items.Chunk(largest).Select(static items => new Flush(items));
}
