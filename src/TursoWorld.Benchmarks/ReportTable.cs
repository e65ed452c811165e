using System.Globalization;
using System.Text;

namespace TursoWorld.Benchmarks;

/// <summary>The report for people.</summary>
internal static class ReportTable
{
    private static readonly string[] Header = ["id", "what", "value", "raw limit", "ratio", "bar", "met"];

    public static string Render(
        IReadOnlyList<ReportRow> rows,
        IReadOnlyList<RawReading> raw,
        IReadOnlyList<ReportFailure> failures,
        bool quick)
    {
        var text = new StringBuilder();
        text.AppendLine(Range("R1", "prepared single-row transactions/s", [.. raw.Select(reading => reading.R1)]));
        text.AppendLine(Range("R1000", "rows/s at 1,000 a transaction", [.. raw.Select(reading => reading.R1000)]));
        text.AppendLine();
        AppendTable(text, [Header, .. rows.Select(Cells)]);
        text.AppendLine();
        foreach (var remark in Remarks(rows, failures, quick))
        {
            text.AppendLine(remark);
        }

        return text.ToString();
    }

    private static IEnumerable<string> Remarks(
        IReadOnlyList<ReportRow> rows, IReadOnlyList<ReportFailure> failures, bool quick)
    {
        foreach (var row in rows.Where(row => row.Note is not null))
        {
            yield return $"{row.Id}, {row.What}: {row.Note}";
        }

        if (rows.Any(row => row.Unsteady))
        {
            yield return "? = not to be relied on: something else used the disk. The raw limits before and after " +
                $"differ by more than {ReportRow.UnsteadyFactor} times, or the value beats its raw limit.";
        }

        if (quick)
        {
            yield return "This was --quick: small, measured once, and no ground for a judgement.";
        }

        foreach (var failure in failures)
        {
            yield return $"{failure.Id} FAILED: {failure.Type}: {failure.Message}";
        }
    }

    private static string Range(string name, string what, IReadOnlyList<double> values) =>
        $"{name,-5} = {Number(Statistics.Median(values))} {what} " +
        $"(median of {values.Count}: {Number(values.Min())} to {Number(values.Max())})";

    private static string[] Cells(ReportRow row) =>
    [
        row.Id,
        row.What,
        $"{Number(row.Value)} {row.Unit}",
        row.Raw is { } raw ? $"{row.RawName} {Number(raw)}" : "-",
        row.Ratio is { } ratio ? Number(ratio) : "-",
        row.Bar,
        (row.Met ? "yes" : "NO") + (row.Unsteady ? " ?" : ""),
    ];

    private static void AppendTable(StringBuilder text, IReadOnlyList<string[]> lines)
    {
        var widths = Enumerable.Range(0, Header.Length)
            .Select(column => lines.Max(line => line[column].Length))
            .ToList();
        foreach (var line in lines)
        {
            text.AppendLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (ReferenceEquals(line, Header))
            {
                text.AppendLine(string.Join("  ", widths.Select(width => new string('-', width))));
            }
        }
    }

    private static string Number(double number) =>
        number.ToString(number < 100 ? "0.###" : "#,0", CultureInfo.InvariantCulture);
}
