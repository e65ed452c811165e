using System.Text;
using System.Text.RegularExpressions;
using TursoWorld.Sql;

namespace TursoWorld.Schema;

/// <summary>Compares the tables, indexes, triggers and views of a database with what the migrations make. What else is there is the user's.</summary>
internal static partial class SchemaCheck
{
    /// <returns>What is missing, or is not what it should be.</returns>
    public static async Task<IReadOnlyList<string>> FindProblemsAsync(ISqlDatabase database, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(reader => reader.QueryAsync<ObjectRow>(SchemaSql.ListObjects), cancellationToken)
            .ConfigureAwait(false);
        var found = rows.ToDictionary(row => row.name, row => Plain(row.sql), StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        foreach (var statement in Migration.LoadAll().SelectMany(migration => SqlScript.Split(migration.Script)).Select(Plain))
        {
            if (Creation().Match(statement) is { Success: true, Groups: [_, var kind, var name] })
            {
                var what = $"The {kind.Value.ToLowerInvariant()} '{name.Value}'";
                if (!found.TryGetValue(name.Value, out var text))
                {
                    problems.Add($"{what} is missing.");
                }
                else if (text != statement)
                {
                    problems.Add($"{what} is not what this version of the library makes: somebody has altered it.");
                }
            }
        }

        return problems;
    }

    /// <summary>Without comments, and with single spaces.</summary>
    private static string Plain(string sql)
    {
        var text = new StringBuilder(sql.Length);
        for (var i = 0; i < sql.Length; i++)
        {
            var end = SqlScript.SkipCommentOrQuote(sql, i);
            if (end == i)
            {
                text.Append(sql[i]);
                continue;
            }

            text.Append(sql[i] is '-' or '/' ? " " : sql[i..end]);
            i = end - 1;
        }

        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    [GeneratedRegex(@"^CREATE (?:UNIQUE )?(TABLE|INDEX|TRIGGER|VIEW) (\w+)")]
    private static partial Regex Creation();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    private sealed class ObjectRow
    {
        public required string name { get; init; }
        public required string sql { get; init; }
    }
}
