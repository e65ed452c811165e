using System.Runtime.InteropServices;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Brings files to the disk, and their names: a name is content of its folder.</summary>
internal static partial class DurableFile
{
    private const int OpenReadOnly = 0;
    private const int Eintr = 4;
    private const int Eacces = 13;
    private const int Einval = 22;

    /// <exception cref="IOException">The disk did not confirm it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Brings the names in a folder to the disk, where that can be asked for: not on Windows, which does so by itself, of no
    /// folder that may be written and not read, and not on every file system.
    /// </summary>
    /// <exception cref="IOException">The disk did not confirm it.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, OpenReadOnly);
        if (descriptor < 0)
        {
            if (Marshal.GetLastPInvokeError() == Eacces)
            {
                return;
            }

            throw Failure(folder);
        }

        try
        {
            // A signal ends the call early, and the runtime sends itself signals.
            while (Sync(descriptor) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Einval)
                {
                    return;
                }

                if (error != Eintr)
                {
                    throw Failure(folder);
                }
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string folder) =>
        new($"Folder '{folder}': {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
