namespace TursoWorld.Tests.Architecture;

/// <summary>A table in a Markdown document.</summary>
/// <param name="Rows">Its cells, without the header and without the backticks of code.</param>
internal sealed record MarkdownTable(IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Finds the table with exactly these headings.</summary>
    public static MarkdownTable Find(string markdown, params string[] headings)
    {
        var lines = markdown.Split('\n');
        var header = Array.FindIndex(lines, line => IsRow(line) && Cells(line).SequenceEqual(headings));
        return header >= 0
            ? new MarkdownTable([.. lines.Skip(header + 2).TakeWhile(IsRow).Select(Cells)])
            : throw new InvalidOperationException($"There is no table with the headings {string.Join(", ", headings)}.");
    }

    private static bool IsRow(string line) => line.StartsWith('|');

    private static IReadOnlyList<string> Cells(string line) =>
        [.. line.Trim('|', ' ').Split('|').Select(cell => cell.Trim().Replace("`", "", StringComparison.Ordinal))];
}
