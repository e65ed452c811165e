using System.Data;
using System.Data.Common;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Reading changes nothing, so a question whose answer was lost is asked again: the one place where reads are repeated. An answer
/// that is too large for one piece comes row by row, which the provider does by itself for those who read in order.
/// </summary>
internal sealed class ServerReadRules(TimeSpan bound) : ICommandRules
{
    public CommandBehavior Always => CommandBehavior.SequentialAccess;

    public T Run<T>(DbCommand command, Func<T> execute) => execute();

    public async Task<T> RunAsync<T>(DbCommand command, Func<Task<T>> execute, CancellationToken cancellationToken)
    {
        Patience? patience = null;
        while (true)
        {
            try
            {
                return await execute().ConfigureAwait(false);
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
