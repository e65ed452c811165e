namespace TursoWorld.Queue;

/// <summary>
/// A file beside the database, held locked as long as the process lives. The operating system lets go of it in whatever
/// way the process ends, in containers too.
/// </summary>
internal sealed class WorkerLock : IDisposable
{
    private readonly FileStream _file;

    private WorkerLock(FileStream file) => _file = file;

    /// <summary>Makes the file, or takes the one that is left of an attempt that failed, and locks it.</summary>
    public static WorkerLock Create(string path) => new(Open(path, FileMode.OpenOrCreate, FileOptions.DeleteOnClose));

    /// <summary>Takes the lock of another worker, which only succeeds when that is dead; disposing of it removes the file.</summary>
    /// <returns>Null when the lock is held, or cannot be looked at: its leases then end by standing still.</returns>
    public static WorkerLock? TryTake(string path)
    {
        try
        {
            return new WorkerLock(Open(path, FileMode.Open, FileOptions.DeleteOnClose));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a lock that is held keeps others out. Some network file systems, and a switch of .NET, let everybody in.</summary>
    public static bool KeepsOthersOut(string path)
    {
        try
        {
            using var file = Open(path, FileMode.Open, FileOptions.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode, FileOptions options) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, 1, options);
}
