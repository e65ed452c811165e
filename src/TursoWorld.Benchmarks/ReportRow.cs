using System.Diagnostics;

namespace TursoWorld.Benchmarks;

/// <summary>A measurement next to its raw limit and its bar.</summary>
internal sealed record ReportRow
{
    public const double UnsteadyFactor = 1.5;

    public required string Id { get; init; }

    public required string What { get; init; }

    /// <summary>The median of <see cref="Values"/>.</summary>
    public required double Value { get; init; }

    public required string Unit { get; init; }

    public required double Min { get; init; }

    public required double Max { get; init; }

    public required IReadOnlyList<double> Values { get; init; }

    public required string? RawName { get; init; }

    /// <summary>The mean of before and after, taken over rates, not over times.</summary>
    public required double? Raw { get; init; }

    public required double? RawBefore { get; init; }

    public required double? RawAfter { get; init; }

    /// <summary>Whether the disk changed so much meanwhile that the ratio says more about it than about us.</summary>
    public required bool Unsteady { get; init; }

    public required double? Ratio { get; init; }

    public required string Bar { get; init; }

    public required bool Met { get; init; }

    public required string? Note { get; init; }

    public static ReportRow From(Measurement measurement, RawLimits before, RawLimits after)
    {
        var value = Statistics.Median(measurement.Values);
        var (rawName, raw) = Find(measurement, RawLimits.Mean(before, after), Statistics.Median);
        var (_, rawBefore) = Find(measurement, before, values => values[0]);
        var (_, rawAfter) = Find(measurement, after, values => values[^1]);
        var ratio = value / raw;
        return new ReportRow
        {
            Id = measurement.Id,
            What = measurement.What,
            Value = value,
            Unit = measurement.Unit,
            Min = measurement.Values.Min(),
            Max = measurement.Values.Max(),
            Values = measurement.Values,
            RawName = rawName,
            Raw = raw,
            RawBefore = rawBefore,
            RawAfter = rawAfter,
            Unsteady = IsUnsteady(rawBefore, rawAfter) || BeatsRaw(measurement.Bar, ratio),
            Ratio = ratio,
            Bar = measurement.Bar.ToString(),
            Met = measurement.Bar.IsMetBy(ratio ?? value),
            Note = measurement.Note,
        };
    }

    private static bool IsUnsteady(double? before, double? after) =>
        before is { } one && after is { } other && Math.Max(one, other) > UnsteadyFactor * Math.Min(one, other);

    /// <summary>Nobody beats SQLite alone: then the disk was slower while the raw limit was measured.</summary>
    private static bool BeatsRaw(Bar bar, double? ratio) => !bar.IsNone && (bar.IsMinimum ? ratio > 1 : ratio < 1);

    private static (string? Name, double? Value) Find(
        Measurement measurement, RawLimits limits, Func<IReadOnlyList<double>, double> choose) =>
        measurement.OwnRaw is { } own ? (own.Name, choose(own.Values)) : Find(measurement.Raw, limits);

    private static (string? Name, double? Value) Find(RawLimit raw, RawLimits limits) => raw switch
    {
        RawLimit.None => (null, null),
        RawLimit.R1 => ("R1", limits.R1),
        RawLimit.R1000 => ("R1000", limits.R1000),
        RawLimit.Commit => ("1/R1", limits.CommitMs),
        _ => throw new UnreachableException(),
    };
}
