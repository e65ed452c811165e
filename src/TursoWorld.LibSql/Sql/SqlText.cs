using System.Collections.Concurrent;

namespace TursoWorld.LibSql.Sql;

/// <summary>The statements of a command text.</summary>
internal sealed record SqlText(IReadOnlyList<SqlStatementText> Statements)
{
    private const int MaxTexts = 1_000;

    private const int MaxLength = 2_048; // a longer one takes the server so long that reading it again does not matter

    // What a text means depends on nothing but the text, so connections can share it. Bounded, because a program that
    // writes values into its texts never uses one twice.
    private static readonly ConcurrentDictionary<string, SqlText> Known = new(StringComparer.Ordinal);

    /// <summary>Whether nothing can be different after executing it.</summary>
    public bool OnlyReads { get; } = Statements.All(statement => statement.OnlyReads);

    public static SqlText Of(string commandText)
    {
        if (Known.TryGetValue(commandText, out var known))
        {
            return known;
        }

        var text = new SqlText(SqlSplitter.Split(commandText));
        if (commandText.Length <= MaxLength)
        {
            if (Known.Count >= MaxTexts)
            {
                Known.Clear();
            }

            Known[commandText] = text;
        }

        return text;
    }
}
