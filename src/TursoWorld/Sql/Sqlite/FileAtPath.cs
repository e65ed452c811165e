using System.Runtime.InteropServices;
using System.Text;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Whether the file at a path is still the one that was there. Nothing is opened: a process that closes any handle of a file gives up
/// all of SQLite's locks on it.
/// </summary>
/// <remarks>
/// On Linux device and inode tell files apart. Elsewhere only a file that is gone is noticed; Windows lets nobody remove one that is open.
/// Times and lengths are not asked for: a file whose times have been asked for gets new ones with the next write, which the commit waits for.
/// </remarks>
internal sealed unsafe partial class FileAtPath
{
    private const int CurrentDirectory = -100;
    private const uint InodeMask = 0x100;
    private const int NoSuchEntry = 2;
    private const int NoSuchFolder = 20;

    private static readonly bool TellsFilesApart = OperatingSystem.IsLinux()
        && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "statx", out _);

    private readonly byte[] _text;
    private readonly Identity? _then;

    public FileAtPath(string path)
    {
        Path = path;
        _text = Encoding.UTF8.GetBytes(path + '\0');
        _then = Now();
    }

    public string Path { get; }

    /// <summary>Whether there was a file when this was made.</summary>
    public bool WasThere => _then is not null;

    /// <returns>What has become of the file, in words that follow its name; null when it is there, or nobody can tell.</returns>
    public string? FindChange()
    {
        var now = Now();
        return now == _then ? null : now is null ? "is gone" : "is another file than the one that was opened";
    }

    private Identity? Now()
    {
        if (!TellsFilesApart)
        {
            return File.Exists(Path) ? default(Identity) : null;
        }

        StatX answer;
        fixed (byte* text = _text)
        {
            if (Stat(CurrentDirectory, text, 0, InodeMask, &answer) == 0)
            {
                return new Identity(answer.DeviceMajor, answer.DeviceMinor, answer.Inode);
            }
        }

        // A path that may not be looked at any more says nothing about the file.
        return Marshal.GetLastPInvokeError() is NoSuchEntry or NoSuchFolder ? null : _then;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Stat(int folder, byte* path, int flags, uint mask, StatX* answer);

    private readonly record struct Identity(uint DeviceMajor, uint DeviceMinor, ulong Inode);

    /// <summary>The same on every architecture, with room for what later kernels add.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
