using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Turns;

namespace TursoWorld;

/// <summary>Makes a database of a backup: a copy under another name, checked, then renamed.</summary>
internal static class Restore
{
    public static async Task RunAsync(string backupPath, string path, CancellationToken cancellationToken)
    {
        ThrowIfTakenOrInUse(path);
        if (!File.Exists(backupPath))
        {
            throw new StorageException(
                ErrorCodes.DatabaseUnavailable, $"There is no backup '{backupPath}'. Check the path.", isTransient: false);
        }

        var partial = $"{path}.{Path.GetRandomFileName()}.partial";
        try
        {
            await Task.Run(() => SqliteCopy.FileToNewFile(backupPath, partial, path, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            await CheckAndFinishAsync(backupPath, partial, cancellationToken).ConfigureAwait(false);
            ThrowIfTakenOrInUse(path);
            SqliteCopy.Place(partial, path);
        }
        finally
        {
            Array.ForEach([partial, $"{partial}-wal", $"{partial}-shm"], SqliteCopy.Remove);
        }
    }

    private static async Task CheckAndFinishAsync(string backupPath, string partial, CancellationToken cancellationToken)
    {
        var diagnostics = new WorldDiagnostics(NullLoggerFactory.Instance);

        // Only this call knows the file, so no other connection writes or checkpoints at the same moment.
        var database = SqliteDatabase.Open(
            new DatabaseUrl(partial), new SqliteSettings(Durability.Full) { AllowUnsafe = true }, diagnostics, TimeProvider.System, cancellationToken);
        await using (database.ConfigureAwait(false))
        {
            var findings = await database.CheckFileAsync(cancellationToken).ConfigureAwait(false);
            if (findings.Count > 0)
            {
                throw new StorageException(
                    ErrorCodes.DatabaseCorrupt,
                    $"The backup '{backupPath}' is damaged (SQLite: {findings[0]}). Use another backup.",
                    isTransient: false);
            }

            await new Migrator(database, Migration.LoadAll(), TimeProvider.System, diagnostics)
                .CheckAsync(backupPath, cancellationToken).ConfigureAwait(false);

            // Copies that others have made still know the workers of the original.
            var finished = await database.WriteAsync(new Unit(Backup.Finish), cancellationToken).ConfigureAwait(false);
            finished.ThrowUnlessCommitted();
        }
    }

    // A write-ahead log without its database would be taken for one of the restored database.
    private static void ThrowIfTakenOrInUse(string path)
    {
        Array.ForEach([path, $"{path}-wal", $"{path}-journal"], SqliteCopy.ThrowIfTaken);
        var folder = Path.GetDirectoryName(path);
        if (!Directory.Exists(folder))
        {
            throw new StorageException(
                ErrorCodes.DatabaseUnavailable,
                $"The folder of '{path}' does not exist. Create it, or name another file.",
                isTransient: false);
        }

        // A process that lost its file still holds its lock, and would go on in the old one.
        foreach (var (file, _) in WorkerLock.FindAll(path + "-"))
        {
            using var dead = WorkerLock.TryTake(file);
            if (dead is null)
            {
                throw new StorageException(
                    ErrorCodes.DatabaseBusy,
                    $"A process still uses database '{path}', although the file is gone. Stop it first.",
                    isTransient: true);
            }
        }
    }
}
