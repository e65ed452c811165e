using System.Data;
using System.Data.Common;

namespace TursoWorld.Sql;

/// <summary>How the commands of a <see cref="LentConnection"/> are made, executed and ended.</summary>
internal interface ICommandRules
{
    /// <summary>What is asked of every reader besides what its caller asks.</summary>
    CommandBehavior Always => CommandBehavior.Default;

    /// <summary>Makes a command of the connection that is lent.</summary>
    DbCommand Create(DbConnection connection) => connection.CreateCommand();

    /// <summary>Executes a command in one of the ways that commands have.</summary>
    T Run<T>(DbCommand command, Func<T> execute);

    /// <inheritdoc cref="Run"/>
    Task<T> RunAsync<T>(DbCommand command, Func<Task<T>> execute, CancellationToken cancellationToken);

    /// <summary>Ends a command that is being executed, if it can be.</summary>
    void Cancel(DbCommand command) => command.Cancel();

    /// <summary>Disposes of a command, at any time.</summary>
    void Release(DbCommand command) => command.Dispose();
}
