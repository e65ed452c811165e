namespace TursoWorld.LibSql.Sql;

/// <summary>Cuts SQL into tokens by SQLite's rules. Comments and white space are between tokens, not tokens.</summary>
internal ref struct SqlLexer(string text)
{
    private readonly string _text = text;

    private int _position;

    /// <summary>Where the current token begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the current token ends.</summary>
    public readonly int End => _position;

    public readonly ReadOnlySpan<char> Token => _text.AsSpan(Start, _position - Start);

    public SqlTokenKind Next()
    {
        SkipBlanks();
        Start = _position;
        if (_position == _text.Length)
        {
            return SqlTokenKind.End;
        }

        var first = _text[_position++];
        switch (first)
        {
            case ';':
                return SqlTokenKind.Semicolon;
            case '(':
                return SqlTokenKind.Open;
            case ')':
                return SqlTokenKind.Close;
            case '\'':
                SkipQuoted('\'');
                return SqlTokenKind.Literal;
            case '"' or '`':
                SkipQuoted(first);
                return SqlTokenKind.Other;
            case '[':
                SkipTo(']');
                return SqlTokenKind.Other;
            case '?':
                SkipWhile(char.IsAsciiDigit);
                return SqlTokenKind.Parameter;
            case '@' or ':' or '$':
                SkipWhile(IsNamePart);
                return _position - Start > 1 ? SqlTokenKind.Parameter : SqlTokenKind.Other;
            default:
                return Other(first);
        }
    }

    private static bool IsNamePart(char one) => char.IsAsciiLetterOrDigit(one) || one is '_' or '$' || one >= 0x80;

    private SqlTokenKind Other(char first)
    {
        if (char.IsAsciiDigit(first))
        {
            SkipWhile(one => IsNamePart(one) || one == '.');
            return SqlTokenKind.Literal;
        }

        if (!IsNamePart(first))
        {
            return SqlTokenKind.Other;
        }

        SkipWhile(IsNamePart);
        if (first is 'x' or 'X' && _position - Start == 1 && _position < _text.Length && _text[_position] == '\'')
        {
            _position++;
            SkipQuoted('\'');
            return SqlTokenKind.Literal;
        }

        return SqlTokenKind.Word;
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length)
        {
            var rest = _text.AsSpan(_position);
            if (char.IsWhiteSpace(rest[0]) || rest[0] == '\uFEFF')
            {
                _position++;
            }
            else if (rest.StartsWith("--", StringComparison.Ordinal))
            {
                SkipTo('\n');
            }
            else if (rest.StartsWith("/*", StringComparison.Ordinal))
            {
                var end = _text.IndexOf("*/", _position + 2, StringComparison.Ordinal);
                _position = end < 0 ? _text.Length : end + 2;
            }
            else
            {
                return;
            }
        }
    }

    // A doubled quote stands for itself.
    private void SkipQuoted(char quote)
    {
        while (true)
        {
            SkipTo(quote);
            if (_position == _text.Length || _text[_position] != quote)
            {
                return;
            }

            _position++;
        }
    }

    private void SkipTo(char last)
    {
        var end = _text.IndexOf(last, _position);
        _position = end < 0 ? _text.Length : end + 1;
    }

    private void SkipWhile(Func<char, bool> belongs)
    {
        while (_position < _text.Length && belongs(_text[_position]))
        {
            _position++;
        }
    }
}
