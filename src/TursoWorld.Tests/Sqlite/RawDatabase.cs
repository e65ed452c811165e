using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A connection without any of our layers above it.</summary>
internal sealed class RawDatabase : IDisposable
{
    private readonly sqlite3 _handle;

    public RawDatabase(string path)
    {
        SqliteLibrary.EnsureLoaded();
        raw.sqlite3_open(path, out _handle).Should().Be(raw.SQLITE_OK);
        raw.sqlite3_extended_result_codes(_handle, 1);
    }

    public sqlite3 Handle => _handle;

    public string Message => raw.sqlite3_errmsg(_handle).utf8_to_string();

    public int Execute(string sql) => raw.sqlite3_exec(_handle, sql);

    public void Dispose() => raw.sqlite3_close_v2(_handle);
}
