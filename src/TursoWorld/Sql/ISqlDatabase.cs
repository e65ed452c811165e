using System.Data.Common;

namespace TursoWorld.Sql;

/// <summary>A door to a database. It has never heard of runs or queues.</summary>
internal interface ISqlDatabase : IAsyncDisposable
{
    /// <summary>What messages call the database.</summary>
    string Name { get; }

    /// <summary>True while other processes have the database open, so that the writer leaves them room.</summary>
    bool IsShared { get; set; }

    /// <summary>Writes a unit, in one commit with whatever else waits. Units are written in the order of the calls.</summary>
    /// <returns>After the commit, or when the unit was refused.</returns>
    /// <exception cref="OperationCanceledException">
    /// Cancelled while the unit still waited: it will never be written. Once it is being written, the call waits for the outcome.
    /// </exception>
    Task<UnitResult> WriteAsync(Unit unit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads. The reader is the function's until its task has ended, and refuses writes. A function leaves no trace but its
    /// result: a database that has to be asked over a network may call it again.
    /// </summary>
    ValueTask<T> ReadAsync<T>(Func<SqlReader, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>
    /// Runs <paramref name="body"/> in a transaction of its own, then writes the statements it returns and commits. Nobody
    /// else writes meanwhile, which is why <paramref name="limit"/> is short. Whatever goes wrong undoes everything.
    /// </summary>
    /// <exception cref="TimeoutException">The body took longer than <paramref name="limit"/>.</exception>
    Task<UnitResult> TransactAsync(
        SqlStatement guard,
        Func<DbConnection, CancellationToken, Task<IReadOnlyList<SqlStatement>>> body,
        TimeSpan limit,
        CancellationToken cancellationToken);

    /// <summary>A number that changes when another process has committed; own commits do not change it.</summary>
    ValueTask<long> ReadChangeCounterAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Copies the database as it is at one moment into a new file, while others read and write. The file gets its name when it
    /// is complete and on the disk.
    /// </summary>
    /// <param name="path">A file that does not exist, in a folder that does.</param>
    /// <param name="finish">Statements that run in the copy.</param>
    /// <param name="cancellationToken">Gives up and removes what is there.</param>
    /// <returns>How many bytes the copy has.</returns>
    /// <exception cref="ConflictException">The file exists.</exception>
    Task<long> CopyAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken);

    /// <summary>Looks for damage in the file: pages, rows, checks and uniqueness, in the words of the database.</summary>
    /// <returns>At most a hundred findings; none when the file is sound.</returns>
    ValueTask<IReadOnlyList<string>> CheckFileAsync(CancellationToken cancellationToken);
}
