namespace TursoWorld.Sql;

/// <summary>Splits a script into its statements.</summary>
internal static class SqlScript
{
    /// <summary>
    /// Understands comments, quotes, and the statements inside a trigger. The word END may end a CASE as well: a trigger
    /// ends at a semicolon that directly follows END.
    /// </summary>
    public static IReadOnlyList<string> Split(string script) => [.. Read(script).Select(static statement => statement.Text)];

    /// <summary>Splits as <see cref="Split"/> does, and gives the words of each statement, in upper case.</summary>
    public static IReadOnlyList<(string Text, IReadOnlyList<string> Words)> Read(string script)
    {
        var statements = new List<(string, IReadOnlyList<string>)>();
        var start = 0;
        var words = new List<string>();
        for (var i = 0; i < script.Length; i++)
        {
            var end = SkipCommentOrQuote(script, i);
            if (end > i)
            {
                i = end - 1;
            }
            else if (char.IsLetter(script[i]))
            {
                end = EndOfWord(script, i);
                words.Add(script[i..end].ToUpperInvariant());
                i = end - 1;
            }
            else if (script[i] == ';' && (!IsTrigger(words) || words[^1] == "END"))
            {
                Add(script[start..i]);
                start = i + 1;
            }
        }

        Add(script[start..]);
        return statements;

        void Add(string statement)
        {
            if (words.Count > 0)
            {
                statements.Add((statement.Trim(), words));
            }

            words = [];
        }
    }

    private static bool IsTrigger(List<string> words) => words is ["CREATE", "TRIGGER", ..];

    public static int EndOfWord(string script, int start)
    {
        var end = start;
        while (end < script.Length && (char.IsLetterOrDigit(script[end]) || script[end] == '_'))
        {
            end++;
        }

        return end;
    }

    /// <returns>The index behind the comment or quote that begins at <paramref name="start"/>, or <paramref name="start"/>.</returns>
    public static int SkipCommentOrQuote(string script, int start)
    {
        var rest = script.AsSpan(start);
        if (rest.StartsWith("--"))
        {
            var end = rest.IndexOf('\n');
            return end < 0 ? script.Length : start + end + 1;
        }

        if (rest.StartsWith("/*"))
        {
            var end = rest[2..].IndexOf("*/");
            return end < 0 ? script.Length : start + end + 4;
        }

        if (rest[0] is '\'' or '"')
        {
            // A doubled quote is two quotes side by side, which ends and begins again at once.
            var end = rest[1..].IndexOf(rest[0]);
            return end < 0 ? script.Length : start + end + 2;
        }

        return start;
    }
}
