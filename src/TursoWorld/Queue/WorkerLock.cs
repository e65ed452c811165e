using System.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Queue;

/// <summary>
/// A file beside the database, held locked as long as the process lives. The operating system lets go of it in whatever
/// way the process ends, in containers too.
/// </summary>
internal sealed class WorkerLock : IDisposable
{
    private const int MicrosecondsBetweenAttempts = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FileStream _file;

    private WorkerLock(FileStream file) => _file = file;

    /// <summary>Makes the file, or takes the one that is left of an attempt that failed, and locks it.</summary>
    /// <remarks>Until the lock is held, another process may take the file for one that a dead process has left, and remove it.</remarks>
    public static WorkerLock Create(string path)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return Lock(path);
            }
            catch (IOException exception) when (IsHeld(exception) && Stopwatch.GetElapsedTime(began) < Patience)
            {
                NativeSleep.Microseconds(MicrosecondsBetweenAttempts); // whoever removes it has it for a moment
            }
        }
    }

    /// <summary>The lock files of all workers of a database, living or dead.</summary>
    /// <param name="folderAndName">What their paths begin with.</param>
    public static IEnumerable<(string Path, string WorkerId)> FindAll(string folderAndName) => Directory
        .EnumerateFiles(Path.GetDirectoryName(folderAndName)!) // the path of a file
        .Where(path => path.StartsWith(folderAndName, StringComparison.Ordinal))
        .Select(path => (path, path[folderAndName.Length..]))
        .Where(found => IdGenerator.IsWorkerId(found.Item2));

    /// <summary>Takes the lock of another worker, which only succeeds when that is dead; disposing of it removes the file.</summary>
    /// <returns>Null when the lock is held, or cannot be looked at: its leases then end by standing still.</returns>
    public static WorkerLock? TryTake(string path)
    {
        try
        {
            return File.Exists(path) ? Lock(path) : null;
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

    /// <remarks>
    /// With this mode .NET compares, once it has the lock, the file at the path with the one that it has locked, and opens again when they differ. So every
    /// holder has locked the file at the path and deletes no other. With <see cref="FileMode.Open"/> it does not compare: a file that was deleted and made
    /// anew between opening and locking is then deleted under its owner.
    /// </remarks>
    private static WorkerLock Lock(string path) => new(Open(path, FileMode.OpenOrCreate, FileOptions.DeleteOnClose));

    /// <summary>Whether the lock is somebody else's: the codes of Windows, Linux and macOS.</summary>
    private static bool IsHeld(IOException exception) => exception.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static FileStream Open(string path, FileMode mode, FileOptions options) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, 1, options);
}
