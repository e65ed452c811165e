namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Cuts what waits into flushes that the server takes in one request and answers in one response, and that do not keep others from
/// writing for long.
/// </summary>
internal static class FlushSizes
{
    private const int MostSteps = 2_000;
    private const long MostBytes = 1_000_000;
    private const int BytesOfStep = 150;

    public static IEnumerable<Flush> Cut(IReadOnlyList<FlushItem> items)
    {
        List<FlushItem> flush = [];
        HashSet<string> texts = new(ReferenceEqualityComparer.Instance);
        var steps = 0L;
        var bytes = 0L;
        foreach (var item in items)
        {
            var size = item.Statements().Sum(statement =>
                BytesOfStep + ServerStatements.SizeOfArguments(statement) + (texts.Add(statement.Text) ? statement.Text.Length : 0));
            if (flush.Count > 0 && (steps + item.StatementCount > MostSteps || bytes + size > MostBytes))
            {
                yield return new Flush(flush);
                flush = [];
                texts.Clear();
                (steps, bytes) = (0, 0);
            }

            flush.Add(item);
            steps += item.StatementCount;
            bytes += size;
        }

        if (flush.Count > 0)
        {
            yield return new Flush(flush);
        }
    }
}
