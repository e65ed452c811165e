using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>What a line of a cursor's answer says.</summary>
internal enum CursorEntryKind
{
    Other,
    StepBegin,
    Row,
    StepEnd,
    StepError,

    /// <summary>The batch as a whole failed.</summary>
    Error,

    ReplicationIndex,
}

/// <summary>A line of a cursor's answer after the first. What a line does not have is left as it is.</summary>
internal sealed class CursorEntry
{
    public CursorEntryKind Kind { get; private set; }

    public ColumnSet Columns { get; private set; } = ColumnSet.None;

    public LibSqlValue[] Row { get; private set; } = [];

    public long RowsAffected { get; private set; }

    public ServerError? Error { get; private set; }

    public ulong? ReplicationIndex { get; private set; }

    public static CursorEntry Read(ReadOnlySpan<byte> json)
    {
        var entry = new CursorEntry();
        var reader = new Utf8JsonReader(json);
        JsonReading.Read(ref reader);
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        while (JsonReading.NextMember(ref reader))
        {
            entry.ReadMember(ref reader);
        }

        return entry;
    }

    /// <summary>Reads the first line: how the stream goes on.</summary>
    public static (string? Baton, string? BaseUrl) ReadHead(ReadOnlySpan<byte> json)
    {
        var answer = ResponseReader.Read(json, batchIndex: 0, stepCount: 0);
        return (answer.Baton, answer.BaseUrl);
    }

    private static CursorEntryKind KindOf(string? type) => type switch
    {
        "step_begin" => CursorEntryKind.StepBegin,
        "row" => CursorEntryKind.Row,
        "step_end" => CursorEntryKind.StepEnd,
        "step_error" => CursorEntryKind.StepError,
        "error" => CursorEntryKind.Error,
        "replication_index" => CursorEntryKind.ReplicationIndex,
        _ => CursorEntryKind.Other,
    };

    private void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            Kind = KindOf(JsonReading.ReadText(ref reader));
        }
        else if (reader.ValueTextEquals("row"u8))
        {
            JsonReading.Read(ref reader);
            LibSqlValue[] cells = [];
            var count = ResultReader.ReadRow(ref reader, ref cells, count: 0);
            Row = cells.Length == count ? cells : cells[..count];
        }
        else if (reader.ValueTextEquals("cols"u8))
        {
            JsonReading.Read(ref reader);
            Columns = ResultReader.ReadColumns(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            JsonReading.Read(ref reader);
            Error = ResultReader.ReadError(ref reader);
        }
        else if (reader.ValueTextEquals("affected_row_count"u8))
        {
            RowsAffected = JsonReading.ReadInteger(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("replication_index"u8))
        {
            ReplicationIndex = JsonReading.ReadPosition(ref reader);
        }
        else
        {
            JsonReading.SkipMember(ref reader);
        }
    }
}
