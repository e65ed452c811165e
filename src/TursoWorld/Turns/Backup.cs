using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;

namespace TursoWorld.Turns;

/// <summary>Copies a database into a file that stands for itself.</summary>
internal sealed class Backup(ISqlDatabase database, WorldDiagnostics diagnostics)
{
    /// <summary>
    /// What makes a copy a database of its own: nobody works on it. The lock files of the workers of the original bear its name,
    /// so whoever opened the copy would have to wait for their leases to lapse.
    /// </summary>
    public static IReadOnlyList<SqlStatement> Finish { get; } =
        [new(WorkerSql.DeleteAll), new(WriterSql.DeleteAll), new(QueueSql.EndAllLeases)];

    /// <exception cref="ConflictException">The file exists.</exception>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = await database.CopyAsync(path, Finish, cancellationToken).ConfigureAwait(false);
        diagnostics.BackupWritten(database.Name, path, bytes);
    }
}
