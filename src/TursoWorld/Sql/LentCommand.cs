using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TursoWorld.Sql;

/// <summary>A command of a <see cref="LentConnection"/>. However it is executed, the rules execute it.</summary>
internal sealed class LentCommand(LentConnection connection, DbCommand inner, ICommandRules rules) : DbCommand
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
                throw new InvalidOperationException("A command stays on the connection that made it.");
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

    public override void Cancel() => rules.Cancel(inner);

    public override void Prepare() => rules.Run(inner, () =>
    {
        inner.Prepare();
        return true;
    });

    public override int ExecuteNonQuery() => rules.Run(inner, inner.ExecuteNonQuery);

    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken) =>
        rules.RunAsync(inner, () => inner.ExecuteNonQueryAsync(cancellationToken), cancellationToken);

    public override object? ExecuteScalar() => rules.Run(inner, inner.ExecuteScalar);

    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken) =>
        rules.RunAsync(inner, () => inner.ExecuteScalarAsync(cancellationToken), cancellationToken);

    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        rules.Run(inner, () => inner.ExecuteReader(Allowed(behavior)));

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        rules.RunAsync(inner, () => inner.ExecuteReaderAsync(Allowed(behavior), cancellationToken), cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rules.Release(inner);
        }

        base.Dispose(disposing);
    }

    // The connection is not theirs to close.
    private CommandBehavior Allowed(CommandBehavior behavior) => (behavior & ~CommandBehavior.CloseConnection) | rules.Always;
}
