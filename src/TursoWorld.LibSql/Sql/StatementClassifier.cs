namespace TursoWorld.LibSql.Sql;

/// <summary>Learns from the words of a statement what it is for, and where the body of a trigger ends.</summary>
internal sealed class StatementClassifier
{
    private string? _firstWord;

    private bool _isTrigger;

    private bool _mayBeTrigger;

    private bool _returnsToSavepoint;

    // The verb after the tables of a WITH.
    private string? _verb;

    private int _words;

    private int _depth;

    // How much of "; END" has been read at the end of what is there.
    private bool _afterSemicolon;

    private bool _afterEnd;

    public bool IsEmpty { get; private set; } = true;

    public string Keyword => _firstWord ?? "";

    public StatementKind Kind => _firstWord switch
    {
        "SELECT" or "VALUES" or "EXPLAIN" => StatementKind.Read,
        "WITH" => _verb is "SELECT" or "VALUES" ? StatementKind.Read : StatementKind.Write,
        "PRAGMA" => StatementKind.Pragma,
        "BEGIN" => StatementKind.Begin,
        "COMMIT" or "END" => StatementKind.Commit,
        "ROLLBACK" => _returnsToSavepoint ? StatementKind.Savepoint : StatementKind.Rollback,
        "SAVEPOINT" or "RELEASE" => StatementKind.Savepoint,
        _ => StatementKind.Write,
    };

    /// <summary>Whether a semicolon ends the statement. In a trigger only the one after the last END does.</summary>
    public bool EndsHere() => !_isTrigger || _afterEnd;

    public void Add(SqlTokenKind kind, ReadOnlySpan<char> token)
    {
        IsEmpty = false;
        _depth += kind == SqlTokenKind.Open ? 1 : kind == SqlTokenKind.Close ? -1 : 0;
        _afterEnd = _afterSemicolon && Is(kind, token, "END");
        _afterSemicolon = kind == SqlTokenKind.Semicolon;
        if (kind != SqlTokenKind.Word)
        {
            return;
        }

        _words++;
        if (_words == 1)
        {
            _firstWord = token.ToString().ToUpperInvariant();
        }

        // CREATE TRIGGER, CREATE TEMP TRIGGER, and both after EXPLAIN or EXPLAIN QUERY PLAN. A table may be called so, too.
        _isTrigger |= _mayBeTrigger && _words <= 6 && Is(kind, token, "TRIGGER");
        _mayBeTrigger = Is(kind, token, "CREATE") || (_mayBeTrigger && IsTemporary(token));
        _returnsToSavepoint |= _firstWord == "ROLLBACK" && Is(kind, token, "TO");
        if (_firstWord == "WITH" && _verb is null && _depth == 0 && IsVerb(token))
        {
            _verb = token.ToString().ToUpperInvariant();
        }
    }

    private static bool IsTemporary(ReadOnlySpan<char> word) =>
        word.Equals("TEMP", StringComparison.OrdinalIgnoreCase)
        || word.Equals("TEMPORARY", StringComparison.OrdinalIgnoreCase);

    private static bool IsVerb(ReadOnlySpan<char> word) =>
        word.Equals("SELECT", StringComparison.OrdinalIgnoreCase)
        || word.Equals("VALUES", StringComparison.OrdinalIgnoreCase)
        || word.Equals("INSERT", StringComparison.OrdinalIgnoreCase)
        || word.Equals("REPLACE", StringComparison.OrdinalIgnoreCase)
        || word.Equals("UPDATE", StringComparison.OrdinalIgnoreCase)
        || word.Equals("DELETE", StringComparison.OrdinalIgnoreCase);

    private static bool Is(SqlTokenKind kind, ReadOnlySpan<char> token, string word) =>
        kind == SqlTokenKind.Word && token.Equals(word, StringComparison.OrdinalIgnoreCase);
}
