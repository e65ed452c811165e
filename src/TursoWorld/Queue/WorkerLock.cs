namespace TursoWorld.Queue;

/// <summary>
/// A file beside the database, held locked as long as the process lives. The operating system lets go of it in whatever
/// way the process ends, in containers too.
/// </summary>
internal sealed class WorkerLock : IDisposable
{
    private readonly FileStream _file;

    private WorkerLock(FileStream file) => _file = file;

    /// <summary>Makes the file and locks it.</summary>
    public static WorkerLock Create(string path) => new(
        new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));

    /// <summary>Whether nobody holds the file. If so, it is removed: its process is dead.</summary>
    public static bool IsDead(string path)
    {
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Held, or not ours to look at. Its leases then end by standing still.
            return false;
        }
    }

    public void Dispose() => _file.Dispose();
}
