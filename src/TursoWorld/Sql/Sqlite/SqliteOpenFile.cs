using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>The database file as SQLite has it open, past its cache and its log: nobody else may open it, see <see cref="FileAtPath"/>.</summary>
internal readonly unsafe ref struct SqliteOpenFile
{
    private const int FilePointer = 7;
    private const int HasMovedQuestion = 20;

    // Where sqlite3_io_methods has its functions; the version number before them takes as much room as one.
    private const int ReadFunction = 2;
    private const int LengthFunction = 6;

    private readonly sqlite3 _database;
    private readonly nint _file;

    public SqliteOpenFile(sqlite3 database)
    {
        _database = database;
        nint file = 0;
        _file = Control(FilePointer, &file) == raw.SQLITE_OK ? file : 0;
    }

    /// <summary>Whether another file, or none, is at the path now. False where SQLite cannot tell.</summary>
    public bool HasMoved
    {
        get
        {
            var hasMoved = 0;
            return Control(HasMovedQuestion, &hasMoved) == raw.SQLITE_OK && hasMoved != 0;
        }
    }

    /// <returns>How many bytes the file has; null when the system does not say.</returns>
    public long? Length
    {
        get
        {
            long length;
            return _file != 0 && ((delegate* unmanaged[Cdecl]<nint, long*, int>)Function(LengthFunction))(_file, &length) == raw.SQLITE_OK
                ? length
                : null;
        }
    }

    /// <summary>Reads the beginning of the file; what it does not have is zeros.</summary>
    /// <returns>False when the system fails to read.</returns>
    public bool TryReadHead(Span<byte> head)
    {
        if (_file == 0)
        {
            return false;
        }

        fixed (byte* bytes = head)
        {
            var read = (delegate* unmanaged[Cdecl]<nint, byte*, int, long, int>)Function(ReadFunction);
            return read(_file, bytes, head.Length, 0) is raw.SQLITE_OK or raw.SQLITE_IOERR_SHORT_READ;
        }
    }

    private nint Function(int index) => (*(nint**)_file)[index];

    private int Control(int question, void* answer) =>
        SqliteNative.FileControl(_database.DangerousGetHandle(), null, question, answer);
}
