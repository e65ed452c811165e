using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// The functions of SQLite that run for every statement: by address instead of by safe handle, and without leaving managed
/// mode where SQLite is done in nanoseconds.
/// </summary>
internal static unsafe partial class SqliteNative
{
    /// <summary>The name under which SQLitePCLRaw imports, too: one process, one copy of SQLite.</summary>
    public const string LibraryName = "e_sqlite3";

    /// <summary>The destructor that says: this memory stays as it is for as long as it is bound.</summary>
    public const nint Static = 0;

    [LibraryImport(LibraryName, EntryPoint = "sqlite3_step")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Step(nint statement);

    [LibraryImport(LibraryName, EntryPoint = "sqlite3_reset")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Reset(nint statement);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_clear_bindings")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int ClearBindings(nint statement);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_bind_int64")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int BindInteger(nint statement, int index, long value);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_bind_text")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int BindText(nint statement, int index, byte* value, int length, nint destructor);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_bind_blob")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int BindBlob(nint statement, int index, byte* value, int length, nint destructor);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_get_autocommit")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int GetAutocommit(nint database);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_total_changes")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int TotalChanges(nint database);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_last_insert_rowid")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial long LastInsertRowId(nint database);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_column_count")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int ColumnCount(nint statement);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_column_type")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int ColumnType(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(LibraryName, EntryPoint = "sqlite3_column_int64")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial long ColumnInteger(nint statement, int column);

    [LibraryImport(LibraryName, EntryPoint = "sqlite3_file_control")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int FileControl(nint database, byte* name, int question, void* answer);
}
