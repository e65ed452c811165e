using System.Runtime.CompilerServices;
using System.Text;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// The text of a statement as it is sent: with numbers instead of names and without the space that only people need. A server reads
/// and compiles it anew each time; both together take a quarter off a small statement. A row that fails there leaves nothing
/// of itself behind, for which a server needs hardly any time.
/// </summary>
internal sealed class ServerText
{
    private const string LeavesParts = "OR FAIL ";

    // By reference: the texts are constants, and what is made of one never changes.
    private static readonly ConditionalWeakTable<string, ServerText> Known = [];

    private readonly List<string> _parameters = [];

    /// <summary>The text in front of the row; null when the statement does not insert one row of nothing but parameters.</summary>
    private readonly string? _beforeRow;

    private ServerText(string statement)
    {
        Text = Shorten(statement);
        var row = $" VALUES ({string.Join(", ", Enumerable.Range(1, _parameters.Count).Select(static number => $"?{number}"))})";
        if (Text.EndsWith(row, StringComparison.Ordinal) && SqlScript.Read(statement) is [{ Words: ["INSERT", ..] }])
        {
            var before = Text[..^row.Length];
            _beforeRow = before.Contains('?', StringComparison.Ordinal) ? null : before;
        }
    }

    public string Text { get; }

    /// <summary>Whether the statement inserts one row of nothing but parameters, and can as well insert several.</summary>
    public bool TakesRows => _beforeRow is not null;

    /// <summary>Without their prefixes, in the order of their numbers.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    public static ServerText Of(string statement) => Known.GetValue(statement, static text => new ServerText(text));

    /// <summary>The text that inserts several rows, whose values follow each other.</summary>
    public string ForRows(int count)
    {
        var row = $"({string.Join(',', Enumerable.Repeat('?', _parameters.Count))})";
        return $"{_beforeRow} VALUES {string.Join(',', Enumerable.Repeat(row, count))}";
    }

    private string Shorten(string statement)
    {
        var text = new StringBuilder(statement.Length);
        for (var i = 0; i < statement.Length; i++)
        {
            var end = SqlScript.SkipCommentOrQuote(statement, i);
            if (end > i)
            {
                text.Append(statement, i, end - i); // the name of the statement, and what is meant literally
                i = end - 1;
            }
            else if (statement[i] == '@')
            {
                end = SqlScript.EndOfWord(statement, i + 1);
                text.Append('?').Append(NumberOf(statement[(i + 1)..end]));
                i = end - 1;
            }
            else if (statement.AsSpan(i).StartsWith(LeavesParts) && text.Length > 0 && text[^1] == ' ')
            {
                i += LeavesParts.Length - 1;
            }
            else if (!char.IsWhiteSpace(statement[i]))
            {
                text.Append(statement[i]);
            }
            else if (text.Length > 0 && !char.IsWhiteSpace(text[^1]))
            {
                text.Append(' ');
            }
        }

        return text.ToString();
    }

    private int NumberOf(string parameter)
    {
        var index = _parameters.IndexOf(parameter);
        if (index < 0)
        {
            _parameters.Add(parameter);
            index = _parameters.Count - 1;
        }

        return index + 1;
    }
}
