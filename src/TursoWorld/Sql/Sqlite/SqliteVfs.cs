using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TursoWorld.Sql.Sqlite.SqliteNative;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// A copy of SQLite's own Unix VFS whose sleep is as short as asked for. SQLite compiled without <c>usleep</c>, as the
/// bundled one is, rounds every sleep up to a whole second: a reader that meets a checkpoint at the wrong moment wants
/// a few microseconds and loses a second.
/// </summary>
/// <remarks>
/// How a library sleeps depends on how it was compiled, not on its version, it lists no compile option that tells, and
/// asking it to sleep costs the second. So the copy is made of every Unix VFS: where the sleep was right already, ours
/// is the same.
/// </remarks>
internal static unsafe class SqliteVfs
{
    private const string Name = "tursoworld";
    private const int KnownVersion = 3;

    /// <summary>Makes the copy the default of connections opened from now on, where there is need.</summary>
    public static void Register()
    {
        var original = FindVfs(null);

        // A default that somebody else put there has its own ideas. And code that may be unloaded must leave no pointer
        // to itself behind in a library that stays.
        if (original is null || !IsUnix(original) || typeof(SqliteVfs).Assembly.IsCollectible)
        {
            return;
        }

        // Binds the import here, where a failure is an exception; in the callback it would end the process.
        NativeSleep.Microseconds(1);
        var code = RegisterVfs(Copy(original), makeDefault: 1);
        if (code != 0)
        {
            throw new StorageException(
                ErrorCodes.Storage,
                $"SQLite did not accept the VFS '{Name}' (code {code}). Check the native library.",
                isTransient: false);
        }
    }

    /// <summary>
    /// Never freed: SQLite links the struct itself into its list, and every connection keeps a pointer to it. The list
    /// lives as long as the process.
    /// </summary>
    private static Vfs* Copy(Vfs* original)
    {
        var name = Encoding.UTF8.GetBytes(Name + '\0');
        var copy = (Vfs*)NativeMemory.Alloc((nuint)(sizeof(Vfs) + name.Length));
        *copy = *original;
        copy->Version = KnownVersion;
        copy->Next = null;
        copy->Name = (byte*)(copy + 1);
        copy->Sleep = &Sleep;
        name.CopyTo(new Span<byte>(copy->Name, name.Length));
        return copy;
    }

    /// <summary>The VFS of Unix and its variants ("unix-none"); all are of version 3 since SQLite 3.7.7.</summary>
    private static bool IsUnix(Vfs* vfs) =>
        vfs->Version >= KnownVersion
        && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(vfs->Name).StartsWith("unix"u8);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(Vfs* vfs, int microseconds)
    {
        NativeSleep.Microseconds(microseconds);
        return microseconds;
    }
}
