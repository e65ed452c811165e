using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace TursoWorld.Log;

/// <summary>Makes the rows of an append: one as a rule, more when the events are many or large.</summary>
internal static class LogRows
{
    /// <summary>Payloads that are nested deeper are stored as bytes.</summary>
    public const int MaxDepth = 200;

    /// <summary>Ids of more characters are indexed. Those that the runtime of this library gives are shorter, and many runs have the same.</summary>
    private const int LongestUnindexedId = 20;

    private const int LongestInline = 1_024;
    private const int MostBytes = 64 * 1024;
    private const int MostEvents = 1_000;

    private const int MostBytesKept = 256 * 1024;

    // One of each thread: rows are made all the time, and most of them are short.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _text;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for people who look into the database
        SkipValidation = true,
    };

    /// <param name="events">The events in order, as they are stored.</param>
    /// <param name="isPlaced">
    /// Whether their instants are final. Otherwise all of them get that of the row, which the database raises to that of the end of the log.
    /// </param>
    public static List<NewLogRow> Of(IReadOnlyList<StoredEvent> events, bool isPlaced)
    {
        var rows = new List<NewLogRow>(1);
        var start = 0;
        while (start < events.Count)
        {
            var end = FindEnd(events, start);
            rows.Add(Make(events, start, end, isPlaced));
            start = end;
        }

        return rows;
    }

    public static bool IsIndexed(string id) => id.EnumerateRunes().Count() > LongestUnindexedId;

    /// <summary>Whether a payload stands among the events, as it is: JSON that is not so long that folds, which need none, had better not read it.</summary>
    public static bool IsInline(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload.Length > LongestInline || payload[0] <= ' ' || payload[^1] <= ' ' || !Utf8.IsValid(payload))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What follows the id of an event in the array that stands for it, up to the end of that: for ids that the database puts in.</summary>
    /// <returns>The text, and the payload if it has to stand beside.</returns>
    public static (ReadOnlyMemory<byte> Text, ReadOnlyMemory<byte>? Payloads) WriteRest(StoredEvent stored)
    {
        const string Id = "?";
        var made = Make([stored with { Id = Id }], 0, 1, isPlaced: false);
        var start = stored.Type.Length + "[[\"\",".Length + Id.Length + 2;
        return (made.Events[start..], made.Payloads);
    }

    /// <summary>A row has at most one id that is indexed.</summary>
    private static int FindEnd(IReadOnlyList<StoredEvent> events, int start)
    {
        var bytes = 0L;
        string? indexed = null;
        for (var i = start; i < events.Count; i++)
        {
            bytes += events[i].Payload?.Length ?? 0;
            var id = IndexedIdOf(events[i]);
            if (i > start && (bytes > MostBytes || i - start == MostEvents || (id is not null && indexed is not null && id != indexed)))
            {
                return i;
            }

            indexed ??= id;
        }

        return events.Count;
    }

    private static NewLogRow Make(IReadOnlyList<StoredEvent> events, int start, int end, bool isPlaced)
    {
        var text = _text ??= new ArrayBufferWriter<byte>(1_024);
        var writer = _writer ??= new Utf8JsonWriter(text, Options);
        ArrayBufferWriter<byte>? beside = null;
        var createdAt = long.MinValue;
        string? indexed = null;
        for (var i = start; i < end; i++)
        {
            createdAt = Math.Max(createdAt, events[i].CreatedAt);
            indexed ??= IndexedIdOf(events[i]);
        }

        text.ResetWrittenCount();
        writer.Reset();
        writer.WriteStartArray();
        for (var i = start; i < end; i++)
        {
            Write(writer, events[i], isPlaced && events[i].CreatedAt != createdAt, ref beside);
        }

        writer.WriteEndArray();
        writer.Flush();
        var row = new NewLogRow(end - start, createdAt, indexed, text.WrittenSpan.ToArray(), beside?.WrittenMemory);
        if (text.Capacity > MostBytesKept)
        {
            (_text, _writer) = (null, null);
        }

        return row;
    }

    private static void Write(Utf8JsonWriter writer, StoredEvent stored, bool hasInstant, ref ArrayBufferWriter<byte>? beside)
    {
        var isInline = stored.Payload is { } payload && IsInline(payload.Span);
        var data = stored.Data;
        if (stored.Payload is { } bytes && !isInline)
        {
            beside ??= new ArrayBufferWriter<byte>(Math.Max(bytes.Length, 1));
            data = data with { Bytes = [beside.WrittenCount, bytes.Length] };
            beside.Write(bytes.Span);
        }

        if (hasInstant)
        {
            data = data with { At = stored.CreatedAt };
        }

        var hasData = data != EventData.Nothing;
        writer.WriteStartArray();
        writer.WriteStringValue(stored.Type);
        if (stored.Id.Length > 0)
        {
            writer.WriteStringValue(stored.Id);
        }
        else if (hasData || isInline)
        {
            writer.WriteNullValue();
        }

        if (hasData)
        {
            JsonSerializer.Serialize(writer, data, StorageJson.Default.EventData);
        }
        else if (isInline)
        {
            writer.WriteNullValue();
        }

        if (isInline)
        {
            writer.WriteRawValue(stored.Payload!.Value.Span, skipInputValidation: true); // it is there
        }

        writer.WriteEndArray();
    }

    private static string? IndexedIdOf(StoredEvent stored) =>
        stored.Id is { Length: > LongestUnindexedId } id && IsIndexed(id) ? id : null;
}

/// <summary>A row that is to be appended.</summary>
/// <param name="Count">How many events it has.</param>
/// <param name="CreatedAt">The instant of those that have none of their own, in Unix milliseconds.</param>
/// <param name="CorrelationId">What they are found by; null for nothing.</param>
/// <param name="Events">The text of the events.</param>
/// <param name="Payloads">Those that are not JSON; null for none.</param>
internal sealed record NewLogRow(
    int Count, long CreatedAt, string? CorrelationId, ReadOnlyMemory<byte> Events, ReadOnlyMemory<byte>? Payloads);
