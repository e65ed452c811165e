using System.Diagnostics;
using SQLitePCL;
using TursoWorld.Diagnostics;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Sees that the files under an open database are no longer those that were opened: deleted, moved, replaced, cut off or overwritten. What is
/// written from then on would be lost, or would damage what is there now, so the first finding stays.
/// </summary>
internal sealed class SqliteFileWatch(string name)
{
    private const int HeadLength = 56;

    // The first words of the file, with the size of its pages: nothing that writes through SQLite changes them while others have it open.
    private const int FixedLength = 24;
    private static readonly TimeSpan BetweenInspections = TimeSpan.FromSeconds(1);

    private byte[]? _fixed;
    private FileAtPath[] _files = [];
    private WorldDiagnostics? _diagnostics;
    private volatile string? _finding;
    private long _inspectedAt;
    private long _version;
    private long _leastLength;

    /// <summary>What whoever uses the database is told; null while the files are the same.</summary>
    public StorageException? Failure => _finding is { } finding ? SqliteErrors.Replaced(name, finding) : null;

    /// <summary>Notes which files the writer has open. A database in memory has none.</summary>
    public void Begin(SqliteSession session, WorldDiagnostics diagnostics)
    {
        _diagnostics = diagnostics;
        var path = raw.sqlite3_db_filename(session.Connection.Handle, "main").utf8_to_string();
        if (string.IsNullOrEmpty(path))
        {
            return;
        }

        // Whoever has read has the log open. Without a log the database has no shared memory either.
        session.ReadInteger(SqlitePragmas.LookAtSchema);
        _files = [.. new[] { path, $"{path}-wal", $"{path}-shm" }.Select(each => new FileAtPath(each)).Where(each => each.WasThere)];
        Inspect(session);
    }

    /// <summary>Compares the names of the files; microseconds. From any thread.</summary>
    /// <inheritdoc cref="Failure" path="/returns" />
    public StorageException? Look()
    {
        foreach (var file in _files)
        {
            if (_finding is null && file.FindChange() is { } change)
            {
                Find($"'{file.Path}' {change}");
            }
        }

        return Failure;
    }

    /// <summary>Compares names and content, at most once a second. Only for whoever has the writer's connection.</summary>
    public void InspectIfDue(SqliteSession session)
    {
        if (_files.Length > 0 && Stopwatch.GetElapsedTime(_inspectedAt) >= BetweenInspections && Look() is null)
        {
            Inspect(session);
        }
    }

    /// <summary>Compares the beginning and the length of the file with what they were. Only for whoever has the writer's connection.</summary>
    public void Inspect(SqliteSession session)
    {
        _inspectedAt = Stopwatch.GetTimestamp();
        var version = session.ReadInteger(SqlitePragmas.DataVersion);
        var pages = session.ReadInteger(SqlitePragmas.PageCount);
        var file = new SqliteOpenFile(session.Connection.Handle!); // open
        var head = (stackalloc byte[HeadLength]);
        if (file.HasMoved)
        {
            Find($"'{_files[0].Path}' is gone, or another file than the one that was opened");
        }
        else if (file.TryReadHead(head) && file.Length is { } length)
        {
            // Only a program that shrinks the database makes the file shorter, and it commits before it does.
            var isShorter = length < _leastLength && version == _version && !EmptiesItself(head);
            if (isShorter || !(_fixed ??= head[..FixedLength].ToArray()).AsSpan().SequenceEqual(head[..FixedLength]))
            {
                Find($"'{_files[0].Path}' was cut off or overwritten");
            }

            _leastLength = Math.Min(length, pages * session.ReadInteger(SqlitePragmas.PageSize));
        }

        _version = version;
    }

    // With "auto_vacuum" a file may get shorter at any time.
    private static bool EmptiesItself(ReadOnlySpan<byte> head) => head[^4..].ContainsAnyExcept((byte)0);

    private void Find(string finding)
    {
        if (Interlocked.CompareExchange(ref _finding, finding, null) is null)
        {
            _diagnostics!.DatabaseReplaced(name, finding); // begun
        }
    }
}
