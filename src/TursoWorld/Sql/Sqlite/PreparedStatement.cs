using System.Text;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// A statement prepared once on the writer's connection. Result codes instead of exceptions; values are bound in place,
/// which costs a fraction of what the statements of the hot path would otherwise take.
/// </summary>
/// <param name="statement">The statement, which this object owns.</param>
/// <param name="scratch">Room for the values of one statement at a time; whoever runs statements on the connection shares it.</param>
internal sealed unsafe class PreparedStatement(sqlite3_stmt statement, PinnedBytes scratch) : IDisposable
{
    private readonly nint _handle = statement.DangerousGetHandle(); // valid until Dispose
    private readonly Dictionary<string, int> _parameters = ReadParameters(statement);

    // A statement comes from one place in the code, with the same names each time: found once, they are only compared.
    private string[] _names = [];
    private int[] _indexes = [];

    /// <summary>Runs the statement to its end.</summary>
    /// <returns><c>SQLITE_DONE</c>, or the error.</returns>
    public int Run(SqlStatement source, ref List<SqlRow>? rows)
    {
        var code = Bind(source);
        if (code == raw.SQLITE_OK)
        {
            code = SqliteNative.Step(_handle);
            while (code == raw.SQLITE_ROW)
            {
                (rows ??= []).Add(ReadRow());
                code = SqliteNative.Step(_handle);
            }
        }

        // Reset repeats the error of the step; the text of it stays readable on the connection.
        _ = SqliteNative.Reset(_handle);
        _ = SqliteNative.ClearBindings(_handle);
        return code;
    }

    /// <summary>Runs a statement without parameters up to its first row.</summary>
    /// <returns>The integer in its first column; zero when there is none.</returns>
    public long ReadInteger()
    {
        var value = SqliteNative.Step(_handle) == raw.SQLITE_ROW ? SqliteNative.ColumnInteger(_handle, 0) : 0;
        _ = SqliteNative.Reset(_handle);
        return value;
    }

    public void Dispose() => statement.Dispose();

    private static Dictionary<string, int> ReadParameters(sqlite3_stmt statement)
    {
        var parameters = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 1; index <= raw.sqlite3_bind_parameter_count(statement); index++)
        {
            parameters.Add(raw.sqlite3_bind_parameter_name(statement, index).utf8_to_string()[1..], index);
        }

        return parameters;
    }

    private int Bind(SqlStatement source)
    {
        var arguments = source.Arguments;
        if (!AreKnown(arguments))
        {
            FindIndexes(source);
        }

        var room = scratch.Span;
        for (var i = 0; i < arguments.Length; i++)
        {
            var code = Bind(_indexes[i], arguments[i].Value, ref room);
            if (code != raw.SQLITE_OK)
            {
                return code;
            }
        }

        return raw.SQLITE_OK;
    }

    private bool AreKnown(ReadOnlySpan<(string Name, SqlValue Value)> arguments)
    {
        if (arguments.Length != _names.Length)
        {
            return false;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (!ReferenceEquals(arguments[i].Name, _names[i]))
            {
                return false;
            }
        }

        return true;
    }

    private void FindIndexes(SqlStatement source)
    {
        var names = new string[source.Arguments.Length];
        var indexes = new int[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = source.Arguments[i].Name;
            indexes[i] = _parameters.TryGetValue(names[i], out var index)
                ? index
                : throw new InvalidOperationException($"The statement has no parameter '@{names[i]}': {source.Text}");
        }

        (_names, _indexes) = (names, indexes);
    }

    private int Bind(int index, SqlValue value, ref Span<byte> room) => value.Kind switch
    {
        SqlValueKind.Integer => SqliteNative.BindInteger(_handle, index, value.Integer),
        SqlValueKind.Text => BindText(index, value.Text, ref room),
        SqlValueKind.Bytes => BindBytes(index, value.Bytes, ref room),
        _ => raw.SQLITE_OK, // bindings are cleared after each run
    };

    private int BindText(int index, string text, ref Span<byte> room)
    {
        if (room.IsEmpty || !Encoding.UTF8.TryGetBytes(text, room, out var length))
        {
            return raw.sqlite3_bind_text(statement, index, text);
        }

        fixed (byte* bytes = room)
        {
            room = room[length..];
            return SqliteNative.BindText(_handle, index, bytes, length, SqliteNative.Static);
        }
    }

    private int BindBytes(int index, ReadOnlySpan<byte> value, ref Span<byte> room)
    {
        if (value.IsEmpty)
        {
            return raw.sqlite3_bind_zeroblob(statement, index, 0); // no address means NULL to SQLite
        }

        if (!value.TryCopyTo(room))
        {
            return raw.sqlite3_bind_blob(statement, index, value);
        }

        fixed (byte* bytes = room)
        {
            room = room[value.Length..];
            return SqliteNative.BindBlob(_handle, index, bytes, value.Length, SqliteNative.Static);
        }
    }

    private SqlRow ReadRow()
    {
        var values = new object?[SqliteNative.ColumnCount(_handle)];
        for (var column = 0; column < values.Length; column++)
        {
            values[column] = SqliteNative.ColumnType(_handle, column) switch
            {
                raw.SQLITE_INTEGER => SqliteNative.ColumnInteger(_handle, column),
                raw.SQLITE_TEXT => raw.sqlite3_column_text(statement, column).utf8_to_string(),
                raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, column).ToArray(),
                _ => null,
            };
        }

        return new SqlRow(values);
    }
}
