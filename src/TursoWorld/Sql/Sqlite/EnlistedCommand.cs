using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TursoWorld.Sql.Sqlite;

/// <summary>A command of an <see cref="EnlistedConnection"/>: the provider's own, refused once the step is over.</summary>
internal sealed class EnlistedCommand(EnlistedConnection connection, DbCommand inner) : DbCommand
{
    [AllowNull]
    public override string CommandText
    {
        get => inner.CommandText;
        set => inner.CommandText = value;
    }

    public override int CommandTimeout
    {
        get => inner.CommandTimeout;
        set => inner.CommandTimeout = value;
    }

    public override CommandType CommandType
    {
        get => inner.CommandType;
        set => inner.CommandType = value;
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource
    {
        get => inner.UpdatedRowSource;
        set => inner.UpdatedRowSource = value;
    }

    protected override DbConnection? DbConnection
    {
        get => connection;
        set
        {
            if (!ReferenceEquals(value, connection))
            {
                throw new InvalidOperationException("A command of a transactional step stays on the connection of the step.");
            }
        }
    }

    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    protected override DbTransaction? DbTransaction
    {
        get => null;
        set
        {
            if (value is not null)
            {
                throw new InvalidOperationException(
                    "Commands of a transactional step are part of its transaction; leave their Transaction null.");
            }
        }
    }

    // The connection waits for a running statement to end, and a statement that runs too long is interrupted.
    public override void Cancel()
    {
    }

    public override int ExecuteNonQuery() => connection.Use(inner.ExecuteNonQuery);

    public override object? ExecuteScalar() => connection.Use(inner.ExecuteScalar);

    public override void Prepare() => connection.Use(() =>
    {
        inner.Prepare();
        return true;
    });

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        connection.Use(() => inner.ExecuteReader(behavior & ~CommandBehavior.CloseConnection));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Release(inner);
        }

        base.Dispose(disposing);
    }
}
