using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TursoWorld.Sql;

/// <summary>A connection that is lent to somebody: it has a command for every statement, and is neither closed nor given a transaction by them.</summary>
internal sealed class LentConnection(DbConnection inner, ICommandRules rules) : DbConnection
{
    [AllowNull]
    public override string ConnectionString
    {
        get => "";
        set => throw new NotSupportedException("This connection is open already.");
    }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => ConnectionState.Open;

    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("This connection stays with the database of the world.");

    // Whoever borrows a connection disposes of it, as one does; it is given back by the lender.
    public override void Close()
    {
    }

    public override void Open()
    {
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new InvalidOperationException(
        "A transactional step is a transaction already. Run the commands on its connection without another one.");

    protected override DbCommand CreateDbCommand() => new LentCommand(this, rules.Create(inner), rules);
}
