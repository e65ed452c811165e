using System.Data.Common;

namespace TursoWorld.LibSql;

/// <summary>Makes the objects of this provider for code that knows only ADO.NET.</summary>
public sealed class LibSqlFactory : DbProviderFactory
{
    /// <summary>The only one.</summary>
    public static readonly LibSqlFactory Instance = new();

    private LibSqlFactory()
    {
    }

    /// <inheritdoc/>
    public override bool CanCreateBatch => true;

    /// <inheritdoc/>
    public override DbBatch CreateBatch() => new LibSqlBatch();

    /// <inheritdoc/>
    public override DbBatchCommand CreateBatchCommand() => new LibSqlBatchCommand();

    /// <inheritdoc/>
    public override DbCommand CreateCommand() => new LibSqlCommand();

    /// <inheritdoc/>
    public override DbConnection CreateConnection() => new LibSqlConnection();

    /// <inheritdoc/>
    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new LibSqlConnectionStringBuilder();

    /// <inheritdoc/>
    public override DbDataSource CreateDataSource(string connectionString) => new LibSqlDataSource(connectionString);

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new LibSqlParameter();
}
