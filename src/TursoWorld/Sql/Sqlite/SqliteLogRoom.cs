using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Room in the write-ahead log. A commit that makes the log longer also waits for the file system to write down its new length,
/// and takes nearly twice as long. So whenever the log has become longer, it gets as much again, in zeros: SQLite takes only
/// frames with the checksum and the salts of the log for content.
/// </summary>
/// <remarks>
/// Opening and closing the log gives up no lock: SQLite has locks on the database and on the shared memory, and none on the log.
/// </remarks>
internal sealed class SqliteLogRoom : IDisposable
{
    // A program that writes little gets little; one commit never writes much more than it has to.
    private const int LeastStep = 64 * 1024;
    private const int LargestStep = 1024 * 1024;

    // About here the log begins anew (SqlitePragmas.WriterCheckpoint). Two writers may each take the room of the other for growth, and
    // come here sooner.
    private const long Enough = 4 * 1024 * 1024;

    // A guess. Asking for the length is dear: where the system keeps fine timestamps, a file whose times have been asked for gets new
    // ones with the next write, and the commit waits for these as it would for a new length.
    private const int BytesPerCommit = 16 * 1024;
    private const int LeastCommitsBetweenLooks = 4;

    private static readonly byte[] Zeros = new byte[LeastStep];

    private readonly string _path;
    private SafeFileHandle? _log;
    private long _length;
    private int _commitsUntilLook;
    private bool _isOver;

    /// <param name="connection">Whoever writes.</param>
    public SqliteLogRoom(SqliteConnection connection)
    {
        _path = $"{raw.sqlite3_db_filename(connection.Handle, "main").utf8_to_string()}-wal";
        _isOver = _path == "-wal"; // in memory
    }

    /// <summary>Makes room if the log has grown. Only for whoever has the lock for writing: nobody else makes it longer now.</summary>
    public void Extend()
    {
        if (_isOver || --_commitsUntilLook > 0)
        {
            return;
        }

        try
        {
            _log ??= File.OpenHandle(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            var length = RandomAccess.GetLength(_log);
            if (length >= Enough)
            {
                Dispose();
                return;
            }

            var step = length > _length ? (int)Math.Clamp(length, LeastStep, LargestStep) : 0;
            Write(_log, length, length + step);
            _length = length + step;
            _commitsUntilLook = Math.Max(LeastCommitsBetweenLooks, step / BytesPerCommit);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // There is no log here, no room on the disk, or no file may be so large, which .NET calls out of range. What a commit
            // needs, SQLite asks for itself, and says so if it gets none.
            Dispose();
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _log?.Dispose();
    }

    private static void Write(SafeFileHandle log, long from, long to)
    {
        for (var at = from; at < to; at += Zeros.Length)
        {
            RandomAccess.Write(log, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, to - at)), at);
        }
    }
}
