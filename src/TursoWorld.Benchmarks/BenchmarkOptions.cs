using TursoWorld.Benchmarks.Scenarios;

namespace TursoWorld.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        Measures the engine against the raw limits of SQLite on the same disk, in the same run.

        Usage: TursoWorld.Benchmarks [options]

          --directory <folder>  where the databases go, in a fresh folder that is deleted at the end;
                                default: the system's temp folder. A folder in memory (tmpfs) has no fsync to pay for.
          --json <file>         also writes the numbers as JSON
          --only <id>[,<id>]    runs some scenarios only: P1 P2 P3 P4 P5 P6 P7 P8 P10 P11 P12 P13 P14
                                SERVER LONG
          --sqld <program>      a libSQL server, which is started on 127.0.0.1 for P13 and SERVER; without it, they
                                are left out
          --quick               a small version of each, once instead of three times; too small to judge by
          --help                prints this

        Times are never asserted: the exit code is 0 unless a scenario throws.
        """;

    public string Directory { get; private init; } = Path.GetTempPath();

    public string? JsonFile { get; private init; }

    public string? Sqld { get; private init; }

    public IReadOnlyList<string> Only { get; private init; } = [];

    public bool Quick { get; private init; }

    public bool Help { get; private init; }

    /// <summary>Reads the command line; null, with the reason, when it makes no sense.</summary>
    public static BenchmarkOptions? Parse(string[] args, out string problem)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            var next = options.With(args[i], value, out var usesValue);
            if (next is null)
            {
                problem = usesValue ? $"'{args[i]}' needs a value." : $"'{args[i]}' is no option.";
                return null;
            }

            options = next;
            i += usesValue ? 1 : 0;
        }

        problem = options is { Sqld: null } && ScenarioList.All.FirstOrDefault(scenario =>
            scenario.NeedsServer && options.Only.Contains(scenario.Id)) is { } needy
            ? $"{needy.Id} needs a libSQL server; name its program with --sqld."
            : FindUnknown(options.Only);
        return problem.Length == 0 ? options : null;
    }

    private BenchmarkOptions? With(string option, string? value, out bool usesValue)
    {
        usesValue = option is "--directory" or "--json" or "--only" or "--sqld";
        return option switch
        {
            "--directory" => value is null ? null : this with { Directory = Path.GetFullPath(value) },
            "--json" => value is null ? null : this with { JsonFile = Path.GetFullPath(value) },
            "--sqld" => value is null ? null : this with { Sqld = Path.GetFullPath(value) },
            "--only" => value is null ? null : this with { Only = value.ToUpperInvariant().Split(',') },
            "--quick" => this with { Quick = true },
            "--help" or "-h" => this with { Help = true },
            _ => null,
        };
    }

    private static string FindUnknown(IReadOnlyList<string> only)
    {
        var unknown = only.Except(ScenarioList.All.Select(scenario => scenario.Id)).ToList();
        return unknown.Count == 0 ? "" : $"There is no scenario {string.Join(", ", unknown)}.";
    }
}
