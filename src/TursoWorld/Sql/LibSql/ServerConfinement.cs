namespace TursoWorld.Sql.LibSql;

/// <summary>
/// What strangers may not do in a transaction that is lent to them, where no authorizer of SQLite can be asked: the first words of
/// each statement tell.
/// </summary>
internal static class ServerConfinement
{
    private static readonly HashSet<string> PragmasThatOnlyRead = new(StringComparer.Ordinal)
    {
        "TABLE_INFO", "TABLE_XINFO", "INDEX_LIST", "INDEX_INFO", "INDEX_XINFO", "FOREIGN_KEY_LIST", "DATABASE_LIST",
    };

    public static void ThrowUnlessAllowed(string text)
    {
        if (!SqlScript.Read(text).All(static statement => Allows(statement.Text, statement.Words)))
        {
            throw new InvalidOperationException(
                "A transactional step may not run BEGIN, COMMIT, ROLLBACK, ATTACH or DETACH, nor a PRAGMA that sets something, "
                + "nor make temporary tables: its transaction is what records the step.");
        }
    }

    private static bool Allows(string text, IReadOnlyList<string> words) => words switch
    {
        ["BEGIN" or "COMMIT" or "END" or "ATTACH" or "DETACH", ..] => false,
        ["ROLLBACK", "TO", ..] or ["ROLLBACK", "TRANSACTION", "TO", ..] => true,
        ["ROLLBACK", ..] => false,
        ["CREATE", "TEMP" or "TEMPORARY", ..] => false,
        ["PRAGMA", var name, ..] => PragmasThatOnlyRead.Contains(name) || text.AsSpan().IndexOfAny('=', '(') < 0,
        _ => true,
    };
}
