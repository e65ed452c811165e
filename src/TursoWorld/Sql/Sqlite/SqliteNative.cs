using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>The functions of SQLite that SQLitePCLRaw does not pass on.</summary>
internal static unsafe partial class SqliteNative
{
    /// <summary>The name under which SQLitePCLRaw imports, too: one process, one copy of SQLite.</summary>
    public const string LibraryName = "e_sqlite3";

    /// <summary>Finds a VFS by its name, or the default one when the name is null.</summary>
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_vfs_find", StringMarshalling = StringMarshalling.Utf8)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial Vfs* FindVfs(string? name);

    [LibraryImport(LibraryName, EntryPoint = "sqlite3_vfs_register")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int RegisterVfs(Vfs* vfs, int makeDefault);

    [LibraryImport(LibraryName, EntryPoint = "sqlite3_busy_handler")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SetBusyHandler(
        sqlite3 database, delegate* unmanaged[Cdecl]<nint, int, int> handler, nint argument);

    /// <summary>The C struct <c>sqlite3_vfs</c>, version 3. What is only copied has no type.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vfs
    {
        public int Version;
        public int FileSize;
        public int MaxPathLength;
        public Vfs* Next;
        public byte* Name;
        public nint ApplicationData;
        public nint Open;
        public nint Delete;
        public nint Access;
        public nint FullPathName;
        public nint LibraryOpen;
        public nint LibraryError;
        public nint LibrarySymbol;
        public nint LibraryClose;
        public nint Randomness;
        public delegate* unmanaged[Cdecl]<Vfs*, int, int> Sleep;
        public nint CurrentTime;
        public nint GetLastError;
        public nint CurrentTimeInt64;
        public nint SetSystemCall;
        public nint GetSystemCall;
        public nint NextSystemCall;
    }
}
