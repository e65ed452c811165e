namespace TursoWorld.LibSql;

/// <summary>A command that was meant for a transaction must never be executed without it.</summary>
internal static class TransactionCheck
{
    public static void Require(LibSqlTransaction? transaction, LibSqlConnection connection)
    {
        if (transaction is not null && transaction != connection.CurrentTransaction)
        {
            throw new InvalidOperationException(transaction.Connection is null
                ? "The transaction of the command has ended. Set its Transaction to null, or to another one."
                : "The transaction of the command belongs to another connection.");
        }
    }
}
