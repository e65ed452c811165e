using System.Globalization;

namespace TursoWorld.Benchmarks;

/// <summary>What a number is held against.</summary>
internal enum RawLimit
{
    /// <summary>Nothing: the bar is about the number itself.</summary>
    None,

    /// <summary><see cref="RawLimits.R1"/>.</summary>
    R1,

    /// <summary><see cref="RawLimits.R1000"/>.</summary>
    R1000,

    /// <summary><see cref="RawLimits.CommitMs"/>.</summary>
    Commit,
}

/// <summary>What a scenario is to reach: a ratio to its raw limit, or a value where there is none.</summary>
internal sealed record Bar
{
    private Bar(double limit, double? aim, bool isMinimum)
    {
        Limit = limit;
        Aim = aim;
        IsMinimum = isMinimum;
    }

    public double Limit { get; }

    public double? Aim { get; }

    public bool IsMinimum { get; }

    public bool IsNone => double.IsInfinity(Limit);

    /// <summary>Nothing is to be reached.</summary>
    public static Bar None { get; } = new(double.NegativeInfinity, aim: null, isMinimum: true);

    public static Bar AtLeast(double limit, double aim) => new(limit, aim, isMinimum: true);

    public static Bar AtMost(double limit) => new(limit, aim: null, isMinimum: false);

    public bool IsMetBy(double number) => IsMinimum ? number >= Limit : number <= Limit;

    public override string ToString()
    {
        if (IsNone)
        {
            return "-";
        }

        var aim = Aim is { } value ? string.Create(CultureInfo.InvariantCulture, $" (aim {value:0.##})") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{(IsMinimum ? ">=" : "<=")} {Limit:0.##}{aim}");
    }
}
