using System.Reflection;
using System.Text.RegularExpressions;
using Dapper;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.Schema;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

/// <summary>What the data dictionary names is there, and what is there it names.</summary>
public sealed partial class SchemaReadmeTests
{
    [Fact]
    public async Task The_table_of_indexes_has_every_index_of_the_schema()
    {
        var table = MarkdownTable.Find(await ReadAsync(), "index", "columns", "serves");

        table.Rows.Select(row => Word().Match(row[0]).Value).Where(name => name.Contains('_', StringComparison.Ordinal))
            .Should().BeEquivalentTo(Indexes());
    }

    [Fact]
    public async Task Every_statement_in_the_tables_exists()
    {
        var statements = Statements();
        var text = await ReadAsync();

        var named = Cells(text).SelectMany(NamesIn).Distinct().ToList();

        named.Should().HaveCountGreaterThan(100);
        named.Where(name => !Exists(name, statements)).Should().BeEmpty();
    }

    [Fact]
    public async Task Every_statement_in_the_text_exists()
    {
        var statements = Statements();
        var rooms = statements.Select(RoomOf).ToHashSet();

        var named = Qualified().Matches(Code().Replace(await ReadAsync(), "")).Select(match => match.Value);

        named.Where(name => rooms.Contains(RoomOf(name)) && !Exists(name, statements)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("runs.insert, insert_next", "runs.insert", "runs.insert_next")]
    [InlineData("appending; runs.list, the guard of a turn", "runs.list")]
    [InlineData("runs.block; cleared by the next turn and by runs.end", "runs.block", "runs.end")]
    [InlineData("queue.send, claim; taken back by postpone and give_back", "queue.send", "queue.claim", "queue.postpone", "queue.give_back")]
    [InlineData("events.append_*, turns.record", "events.append_*", "turns.record")]
    public void Names_without_a_room_are_of_the_room_in_front(string cell, params string[] names) =>
        NamesIn(cell).Should().Equal(names);

    private static bool Exists(string name, HashSet<string> statements) => name.EndsWith('*')
        ? statements.Any(statement => statement.StartsWith(name[..^1], StringComparison.Ordinal))
        : statements.Contains(name);

    private static string RoomOf(string name) => name.Split('.')[0];

    /// <summary>The cells that name statements: the last of each row.</summary>
    private static IEnumerable<string> Cells(string text) =>
        from section in text.Split("\n## ")
        from headings in new string[][] { ["column", "meaning", "unit", "who writes it"], ["index", "columns", "serves"] }
        where section.Contains($"| {string.Join(" | ", headings)} |", StringComparison.Ordinal)
        from row in MarkdownTable.Find(section, headings).Rows
        select row[^1];

    /// <summary>
    /// <c>runs.insert, insert_next</c>: a name is of the room that was named last. Other words have no underscore, and do not stand alone
    /// or behind "by".
    /// </summary>
    private static IEnumerable<string> NamesIn(string cell)
    {
        string? room = null;
        foreach (var piece in Separator().Split(cell))
        {
            foreach (var match in Name().Matches(piece).Cast<Match>())
            {
                var name = match.Groups["name"].Value;
                var hasRoom = match.Groups["room"].Success;
                room = hasRoom ? match.Groups["room"].Value : room;
                if (hasRoom || (room is not null
                    && (name.Contains('_', StringComparison.Ordinal) || piece == name || piece.EndsWith($" by {name}", StringComparison.Ordinal))))
                {
                    yield return $"{room}.{name}";
                }
            }
        }
    }

    private static HashSet<string> Statements() =>
    [
        .. from type in typeof(World).Assembly.GetTypes()
           where type.Name.EndsWith("Sql", StringComparison.Ordinal)
           from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
           where field.IsLiteral && field.FieldType == typeof(string)
           select ((string)field.GetRawConstantValue()!).Split('\n')[0]["-- ".Length..],
    ];

    private static List<string> Indexes()
    {
        SqliteLibrary.EnsureLoaded();
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.Execute(SchemaSql.Create);
        foreach (var migration in Migration.LoadAll())
        {
            connection.Execute(migration.Script);
        }

        return [.. connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")];
    }

    private static async Task<string> ReadAsync()
    {
        var text = await File.ReadAllTextAsync(RepositoryRoot.File("schema", "README.md"), TestContext.Current.CancellationToken);
        return text.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\A\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[,;]\s*|\s+and\s+")]
    private static partial Regex Separator();

    [GeneratedRegex(@"((?<room>[a-z_]+)\.)?(?<name>[a-z][a-z_]*\*?)", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?<![\w.])[a-z_]+\.[a-z][a-z_]*\*?")]
    private static partial Regex Qualified();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();
}
