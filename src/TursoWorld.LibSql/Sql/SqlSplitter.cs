using System.Globalization;
using System.Text;

namespace TursoWorld.LibSql.Sql;

/// <summary>Finds the statements of a text, and in each its parameters and what it is for.</summary>
internal static class SqlSplitter
{
    public static IReadOnlyList<SqlStatementText> Split(string text)
    {
        var statements = new List<SqlStatementText>();
        var lexer = new SqlLexer(text);
        var from = 0;
        var more = true;
        while (more)
        {
            var scan = new StatementScan();
            var end = text.Length;
            for (var kind = lexer.Next(); ; kind = lexer.Next())
            {
                more = kind != SqlTokenKind.End;
                if (!more || scan.EndsWith(kind))
                {
                    end = more ? lexer.Start : text.Length;
                    break;
                }

                scan.Add(kind, lexer.Token, lexer.Start - from);
            }

            if (!scan.IsEmpty)
            {
                statements.Add(scan.ToStatement(text[from..end]));
            }

            from = lexer.End;
        }

        return statements;
    }

    /// <summary>What has been seen of the statement that is being read.</summary>
    private sealed class StatementScan
    {
        private readonly StatementClassifier _classifier = new();

        private readonly List<(string Name, int Start)> _parameters = [];

        private bool _hasLiterals;

        public bool IsEmpty => _classifier.IsEmpty;

        public bool EndsWith(SqlTokenKind kind) => kind == SqlTokenKind.Semicolon && _classifier.EndsHere();

        public void Add(SqlTokenKind kind, ReadOnlySpan<char> token, int start)
        {
            _classifier.Add(kind, token);
            _hasLiterals |= kind == SqlTokenKind.Literal;
            if (kind == SqlTokenKind.Parameter)
            {
                _parameters.Add((token.ToString(), start));
            }
        }

        public SqlStatementText ToStatement(string text)
        {
            var named = _parameters.Count(parameter => parameter.Name[0] != '?');
            var (sent, slots) = named == _parameters.Count ? (text, Named())
                : named == 0 ? (text, Positional())
                : Rewritten(text);
            return new SqlStatementText
            {
                Text = sent.Trim(),
                Keyword = _classifier.Keyword,
                Kind = _classifier.Kind,
                Parameters = slots,
                HasLiterals = _hasLiterals,
            };
        }

        private List<SqlParameterSlot> Named() => [..
            _parameters.Select(parameter => parameter.Name).Distinct(StringComparer.Ordinal)
                .Select(name => new SqlParameterSlot(name, Position: 0))];

        // SQLite numbers a bare ? one higher than the highest number so far, and binds what lies between as well.
        private List<SqlParameterSlot> Positional()
        {
            var highest = 0;
            foreach (var (name, _) in _parameters)
            {
                highest = name.Length > 1 ? Math.Max(highest, NumberOf(name)) : highest + 1;
            }

            return [.. Enumerable.Range(1, highest).Select(position => new SqlParameterSlot(Name: null, position))];
        }

        // The server takes arguments either by name or by position, never both, so that every ? gets a name.
        private (string Text, List<SqlParameterSlot> Slots) Rewritten(string text)
        {
            var prefix = "@p";
            while (text.Contains(prefix, StringComparison.Ordinal))
            {
                prefix += "_";
            }

            var slots = new List<SqlParameterSlot>();
            var sent = new StringBuilder();
            var (copied, highest) = (0, 0);
            foreach (var (name, start) in _parameters)
            {
                var slot = new SqlParameterSlot(name, Position: 0);
                if (name[0] == '?')
                {
                    var position = name.Length > 1 ? NumberOf(name) : highest + 1;
                    highest = Math.Max(highest, position);
                    slot = new($"{prefix}{position.ToString(CultureInfo.InvariantCulture)}", position);
                    sent.Append(text, copied, start - copied).Append(slot.Name);
                    copied = start + name.Length;
                }

                if (!slots.Contains(slot))
                {
                    slots.Add(slot);
                }
            }

            return (sent.Append(text, copied, text.Length - copied).ToString(), slots);
        }

        private static int NumberOf(string name) =>
            int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is >= 1 and <= 32_766
                ? number
                : throw new ArgumentException($"The SQL names a parameter {name}; numbers go from ?1 to ?32766.");
    }
}
