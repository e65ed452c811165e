using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

/// <summary>What the README says about options and error codes is what the code does.</summary>
public sealed partial class ReadmeTablesTests
{
    private const string None = "—";

    private static readonly PropertyInfo[] Options = typeof(WorldOptions).GetProperties();

    [Fact]
    public async Task The_table_of_options_has_every_option_in_order()
    {
        var rows = await ReadOptionsAsync();

        rows.Select(row => row.Option).Should().Equal(Options.Select(option => option.Name));
    }

    [Fact]
    public async Task An_option_is_taken_from_the_environment_variable_in_its_row()
    {
        var rows = await ReadOptionsAsync();

        var documented = rows.Where(row => row.Variable != None).Select(row => (row.Option, row.Variable));
        documented.Should().Equal(
            from option in Options
            let variables = string.Join(", else ", VariablesOf(option))
            where variables.Length > 0
            select (option.Name, variables));
    }

    [Fact]
    public async Task The_defaults_in_the_table_are_those_of_the_code()
    {
        var rows = await ReadOptionsAsync();

        rows.Select(row => (row.Option, row.Default)).Should().Equal(Options.Select(option => (option.Name, DefaultOf(option))));
    }

    [Fact]
    public async Task The_ends_of_a_range_are_accepted_and_what_is_beyond_is_refused()
    {
        var rows = await ReadOptionsAsync();

        var bounded = rows.Where(row => Bounds().IsMatch(row.Range)).ToList();

        bounded.Select(row => row.Option).Should().Equal(Options.Where(IsBounded).Select(option => option.Name));
        bounded.SelectMany(WrongBounds).Should().BeEmpty();
    }

    [Fact]
    public async Task The_values_of_an_option_that_is_a_choice_are_all_listed()
    {
        var rows = await ReadOptionsAsync();

        var choices = Options.Where(option => option.PropertyType.IsEnum)
            .Select(option => (option.Name, string.Join(" or ", Enum.GetNames(option.PropertyType))));
        rows.Select(row => (row.Option, row.Range)).Should().Contain(choices);
    }

    [Fact]
    public async Task The_variable_that_names_a_native_library_is_documented() =>
        (await ReadReadmeAsync()).Should().Contain($"`{SqliteLibrary.Variable}`");

    [Fact]
    public async Task The_table_of_error_codes_has_every_code_in_order()
    {
        var table = MarkdownTable.Find(await ReadReadmeAsync(), "Code", "Cause", "Remedy");

        var codes = typeof(ErrorCodes).GetFields().Where(field => field.IsLiteral);
        table.Rows.Select(row => row[0]).Should().Equal(codes.Select(field => (string)field.GetRawConstantValue()!));
        table.Rows.Should().OnlyContain(row => row.Count == 3 && row.All(cell => cell.Length > 0));
    }

    [Fact]
    public async Task The_table_of_members_has_what_workflows_and_steps_are_given()
    {
        var table = MarkdownTable.Find(await ReadReadmeAsync(), "member", "what it does");

        var listed = table.Rows.SelectMany(row => row[0].Split(", ")).Where(name => Given().IsMatch(name));
        listed.Should().BeEquivalentTo(MembersOf("flow", typeof(WorkflowContext)).Concat(MembersOf("step", typeof(StepContext))));
    }

    [Fact]
    public void A_table_is_found_by_its_headings() => MarkdownTable
        .Find("| A |\n| --- |\n| 1 |\n\n| B | C |\n| --- | --- |\n| `2` | 3 |\n| 4 | 5 |\ntext\n| 6 | 7 |\n", "B", "C")
        .Rows.Should().BeEquivalentTo(new[] { new[] { "2", "3" }, ["4", "5"] }, table => table.WithStrictOrdering());

    private static IEnumerable<string> MembersOf(string name, Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(member => member is PropertyInfo or MethodInfo { IsSpecialName: false })
        .Select(member => $"{name}.{member.Name}")
        .Distinct();

    /// <summary>The variables that are read when the option is not given and are not read when it is.</summary>
    private static IEnumerable<string> VariablesOf(PropertyInfo option)
    {
        object? given = Type.GetTypeCode(Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType) switch
        {
            TypeCode.String => option.Name == nameof(WorldOptions.BaseUrl) ? "http://localhost" : ":memory:",
            TypeCode.Int32 when !option.PropertyType.IsEnum => 1_000,
            TypeCode.Boolean => true,
            _ => option.GetValue(new WorldOptions()),
        };
        var options = new WorldOptions();
        option.SetValue(options, given);
        return VariablesRead(new WorldOptions()).Except(VariablesRead(options));
    }

    private static List<string> VariablesRead(WorldOptions options)
    {
        var read = new List<string>();
        WorldSettings.Resolve(options, name =>
        {
            read.Add(name);
            return null;
        });
        return read;
    }

    private static string DefaultOf(PropertyInfo option)
    {
        var settings = WorldSettings.Resolve(new WorldOptions(), _ => null);
        return (option.Name, option.GetValue(settings.Options)) switch
        {
            (nameof(WorldOptions.DatabaseUrl), null) when settings.Database == DatabaseUrl.TryParse("file:workflow.db", out _) =>
                "file:workflow.db",
            (nameof(WorldOptions.AuthToken), null) when settings.Database.Server is null => "none",
            (nameof(WorldOptions.Concurrency), null) => Written(settings.Concurrency),
            (nameof(WorldOptions.BaseUrl), null) when settings.BaseUrl is null => "none",
            (nameof(WorldOptions.AllowUnsafeSqlite), null) when !settings.AllowUnsafeSqlite => "false",
            (nameof(WorldOptions.Retention), null) => "runs are kept",
            (nameof(WorldOptions.DeadMessageRetention), null) => "dead messages are kept",
            (nameof(WorldOptions.Services), null) => "none",
            (nameof(WorldOptions.DefaultRetry), RetryPolicy policy) when policy == RetryPolicy.Default =>
                "4 attempts, exponential from 1 s up to 60 s, ± 20 %",
            (nameof(WorldOptions.Serializer), null) => "JSON",
            (nameof(WorldOptions.SerializerOptions), null) => "those of System.Text.Json, with fields",
            (nameof(WorldOptions.Codecs), IReadOnlyList<IPayloadCodec> { Count: 0 }) => "none",
            (_, int count) => Written(count),
            (_, TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s"),
            (_, Enum choice) => choice.ToString(),
            (_, NullLoggerFactory) => "no logging",
            (_, TimeProvider clock) when clock == TimeProvider.System => "the system's clock",
            var (name, value) => $"{name} has the default '{value}', which this test cannot put into words",
        };
    }

    private static string Written(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static bool IsBounded(PropertyInfo option) =>
        option.PropertyType == typeof(int) || option.PropertyType == typeof(int?)
        || option.PropertyType == typeof(TimeSpan) || option.PropertyType == typeof(TimeSpan?);

    private static IEnumerable<string> WrongBounds(Row row)
    {
        var option = typeof(WorldOptions).GetProperty(row.Option)!;
        var range = Bounds().Match(row.Range);
        var isTime = option.PropertyType == typeof(TimeSpan) || option.PropertyType == typeof(TimeSpan?);
        var (least, most) = (Ticks(range.Groups["from"].Value), Ticks(range.Groups["to"].Value));
        (long Value, bool Fits)[] bounds = [(least, true), (most, true), (least - 1, false), (most + 1, false)];
        return from bound in bounds
               where Fits(option, isTime ? TimeSpan.FromTicks(bound.Value) : (int)bound.Value) != bound.Fits
               select $"{row.Option} of {bound.Value} {(isTime ? "ticks " : "")}must {(bound.Fits ? "" : "not ")}fit";
    }

    private static long Ticks(string text) => text.Split(' ') switch
    {
        [var number, "s"] => TimeSpan.TicksPerSecond * Number(number),
        [var number, "ms"] => TimeSpan.TicksPerMillisecond * Number(number),
        [var number, "day" or "days"] => TimeSpan.TicksPerDay * Number(number),
        [var number] => Number(number),
        _ => throw new InvalidOperationException($"'{text}' is no bound."),
    };

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static bool Fits(PropertyInfo option, object value)
    {
        var options = new WorldOptions();
        option.SetValue(options, value);
        try
        {
            WorldSettings.Resolve(options, _ => null);
            return true;
        }
        catch (InvalidOptionsException)
        {
            return false;
        }
    }

    private static async Task<List<Row>> ReadOptionsAsync()
    {
        var table = MarkdownTable.Find(await ReadReadmeAsync(), "Option", "Environment variable", "Default", "Range");
        return [.. table.Rows.Select(row => new Row(row[0], row[1], row[2], row[3]))];
    }

    private static async Task<string> ReadReadmeAsync()
    {
        var text = await File.ReadAllTextAsync(RepositoryRoot.File("README.md"), TestContext.Current.CancellationToken);
        return text.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\A(?<from>[\d,]+( (ms|s)\b)?) to (?<to>[\d,]+( (s|days?)\b)?)")]
    private static partial Regex Bounds();

    [GeneratedRegex(@"\A(flow|step)\.")]
    private static partial Regex Given();

    private sealed record Row(string Option, string Variable, string Default, string Range);
}
