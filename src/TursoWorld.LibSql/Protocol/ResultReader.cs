using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Reads the answer to one statement.</summary>
internal static class ResultReader
{
    public static ResultTable Read(ref Utf8JsonReader reader)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        var table = new ResultTable();
        var cells = 0;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("cols"u8))
            {
                JsonReading.Read(ref reader);
                table.Columns = ReadColumns(ref reader);
            }
            else if (reader.ValueTextEquals("rows"u8))
            {
                JsonReading.Read(ref reader);
                cells = ReadRows(ref reader, table);
            }
            else
            {
                ReadNumber(ref reader, table);
            }
        }

        return cells == table.RowCount * table.Columns.Count
            ? table
            : throw new JsonException("A row has not as many values as there are columns.");
    }

    public static ColumnSet ReadColumns(ref Utf8JsonReader reader)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartArray);
        List<string>? names = null;
        List<string?>? types = null;
        while (JsonReading.NextElement(ref reader))
        {
            var (name, type) = ReadColumn(ref reader);
            (names ??= []).Add(name);
            (types ??= []).Add(type);
        }

        return names is null ? ColumnSet.None : new ColumnSet([.. names], [.. types!]);
    }

    /// <summary>Appends the values of a row.</summary>
    /// <returns>How many values there are now.</returns>
    public static int ReadRow(ref Utf8JsonReader reader, ref LibSqlValue[] cells, int count)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartArray);
        while (JsonReading.NextElement(ref reader))
        {
            if (count == cells.Length)
            {
                Array.Resize(ref cells, Math.Max(8, count * 2));
            }

            cells[count++] = CellReader.Read(ref reader);
        }

        return count;
    }

    public static ServerError ReadError(ref Utf8JsonReader reader)
    {
        var (message, code) = ReadTexts(ref reader, "message"u8, "code"u8);
        return new ServerError(message ?? "", code);
    }

    private static (string Name, string? Type) ReadColumn(ref Utf8JsonReader reader)
    {
        var (name, type) = ReadTexts(ref reader, "name"u8, "decltype"u8);
        return (name ?? "", type);
    }

    /// <summary>Two texts of an object; null for one that it does not have.</summary>
    private static (string? First, string? Second) ReadTexts(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> firstName, ReadOnlySpan<byte> secondName)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        string? first = null;
        string? second = null;
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals(firstName))
            {
                first = JsonReading.ReadText(ref reader);
            }
            else if (reader.ValueTextEquals(secondName))
            {
                second = JsonReading.ReadText(ref reader);
            }
            else
            {
                JsonReading.SkipMember(ref reader);
            }
        }

        return (first, second);
    }

    private static int ReadRows(ref Utf8JsonReader reader, ResultTable table)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartArray);
        LibSqlValue[] cells = [];
        var (count, rows) = (0, 0);
        while (JsonReading.NextElement(ref reader))
        {
            count = ReadRow(ref reader, ref cells, count);
            rows++;
        }

        table.Cells = cells;
        table.RowCount = rows;
        return count;
    }

    private static void ReadNumber(ref Utf8JsonReader reader, ResultTable table)
    {
        if (reader.ValueTextEquals("affected_row_count"u8))
        {
            table.RowsAffected = JsonReading.ReadInteger(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("last_insert_rowid"u8))
        {
            table.LastInsertRowId = JsonReading.ReadInteger(ref reader);
        }
        else if (reader.ValueTextEquals("rows_read"u8))
        {
            table.RowsRead = JsonReading.ReadInteger(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("rows_written"u8))
        {
            table.RowsWritten = JsonReading.ReadInteger(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("query_duration_ms"u8))
        {
            table.DurationMs = JsonReading.ReadNumber(ref reader);
        }
        else
        {
            JsonReading.SkipMember(ref reader);
        }
    }
}
