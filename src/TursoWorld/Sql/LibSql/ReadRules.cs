using System.Data;
using System.Data.Common;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Reading changes nothing, so a question whose answer was lost is asked again: the one place where reads are repeated. An answer
/// that is too large for one piece comes row by row, which the provider does by itself for those who read in order.
/// </summary>
internal sealed class ReadRules(TimeSpan bound) : ICommandRules
{
    public DbDataReader Execute(DbCommand command, CommandBehavior behavior) =>
        command.ExecuteReader(behavior | CommandBehavior.SequentialAccess);

    public async Task<DbDataReader> ExecuteAsync(DbCommand command, CommandBehavior behavior, CancellationToken cancellationToken)
    {
        Patience? patience = null;
        while (true)
        {
            try
            {
                return await command.ExecuteReaderAsync(behavior | CommandBehavior.SequentialAccess, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (LibSqlException exception) when (exception.IsTransient || exception.IsOutcomeUnknown)
            {
                patience ??= new Patience(bound, new Random());
                if (!await patience.PauseAsync(exception.RetryAfter, cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    throw;
                }
            }
        }
    }
}
