using System.Runtime.CompilerServices;
using System.Text;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// The text of a statement as it is sent: with numbers instead of names and without the space that only people need. A server reads
/// and compiles it anew each time; both together take a quarter off a small statement.
/// </summary>
internal sealed class ServerText
{
    // By reference: the texts are constants, and what is made of one never changes.
    private static readonly ConditionalWeakTable<string, ServerText> Known = [];

    private readonly List<string> _parameters = [];

    private ServerText(string statement) => Text = Shorten(statement);

    public string Text { get; }

    /// <summary>Without their prefixes, in the order of their numbers.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    public static ServerText Of(string statement) => Known.GetValue(statement, static text => new ServerText(text));

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
