using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>A statement prepared once on the writer's connection. Result codes instead of exceptions.</summary>
internal sealed class PreparedStatement(sqlite3_stmt statement) : IDisposable
{
    private readonly Dictionary<string, int> _parameters = ReadParameters(statement);

    /// <summary>Runs the statement to its end.</summary>
    /// <returns><c>SQLITE_DONE</c>, or the error.</returns>
    public int Run(SqlStatement source, List<SqlRow> rows)
    {
        foreach (var (name, value) in source.Arguments)
        {
            Bind(source, name, value);
        }

        var code = raw.sqlite3_step(statement);
        while (code == raw.SQLITE_ROW)
        {
            rows.Add(ReadRow());
            code = raw.sqlite3_step(statement);
        }

        // Reset repeats the error of the step; the text of it stays readable on the connection.
        _ = raw.sqlite3_reset(statement);
        _ = raw.sqlite3_clear_bindings(statement);
        return code;
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

    private void Bind(SqlStatement source, string name, SqlValue value)
    {
        if (!_parameters.TryGetValue(name, out var index))
        {
            throw new InvalidOperationException($"The statement has no parameter '@{name}': {source.Text}");
        }

        if (value.Text is { } text)
        {
            raw.sqlite3_bind_text(statement, index, text);
        }
        else if (value.Integer is { } integer)
        {
            raw.sqlite3_bind_int64(statement, index, integer);
        }
        else if (value.Bytes is { } bytes)
        {
            BindBytes(index, bytes.Span);
        }
    }

    // An empty span has no address, and SQLite takes no address for NULL.
    private void BindBytes(int index, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            raw.sqlite3_bind_zeroblob(statement, index, 0);
        }
        else
        {
            raw.sqlite3_bind_blob(statement, index, bytes);
        }
    }

    private SqlRow ReadRow()
    {
        var values = new object?[raw.sqlite3_column_count(statement)];
        for (var column = 0; column < values.Length; column++)
        {
            values[column] = raw.sqlite3_column_type(statement, column) switch
            {
                raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, column),
                raw.SQLITE_TEXT => raw.sqlite3_column_text(statement, column).utf8_to_string(),
                raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, column).ToArray(),
                _ => null,
            };
        }

        return new SqlRow(values);
    }
}
