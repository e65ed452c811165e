using System.Data;
using System.Data.Common;

namespace TursoWorld.Sql.LibSql;

/// <summary>How the commands of a <see cref="RuledConnection"/> are executed.</summary>
internal interface ICommandRules
{
    DbDataReader Execute(DbCommand command, CommandBehavior behavior);

    Task<DbDataReader> ExecuteAsync(DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken);
}
