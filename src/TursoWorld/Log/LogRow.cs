using System.Text.Json;

namespace TursoWorld.Log;

/// <summary>A row of <c>workflow_log</c>: what one append has added to the log of a run.</summary>
/// <remarks>
/// Its events are an array of arrays: type, id, data, payload, the last ones left out where there are none. A payload that is JSON stands there byte
/// for byte; others stand in <c>payloads</c>, one behind the other, and the data says where.
/// </remarks>
internal sealed class LogRow
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1_100 };

    public long log_key { get; init; }
    public long run_key { get; init; }
    public long first { get; init; }
    public long created_at { get; init; }
    public byte[] events { get; init; } = [];
    public byte[]? payloads { get; init; }

    /// <summary>1 when <see cref="payloads"/> was not read: payloads that stand there are empty then.</summary>
    public long is_bare { get; init; }

    /// <summary>The events in order.</summary>
    /// <exception cref="StorageException">They are not what this library writes.</exception>
    public List<StoredEvent> Read()
    {
        try
        {
            return ReadEvents();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new StorageException(
                ErrorCodes.DatabaseCorrupt,
                $"The log of a run cannot be read at position {first}. CheckIntegrityAsync names the run.",
                isTransient: false,
                exception);
        }
    }

    /// <summary>The event at a position; null when the row has none there.</summary>
    public StoredEvent? Find(long position) =>
        position >= first && Read() is var read && position - first < read.Count ? read[(int)(position - first)] : null;

    private List<StoredEvent> ReadEvents()
    {
        var read = new List<StoredEvent>();
        var reader = new Utf8JsonReader(events, Options);
        Require(reader.Read() && reader.TokenType == JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            read.Add(ReadEvent(ref reader, first + read.Count));
        }

        Require(reader.TokenType == JsonTokenType.EndArray && !reader.Read());
        return read;
    }

    private StoredEvent ReadEvent(ref Utf8JsonReader reader, long position)
    {
        Require(reader.Read() && reader.TokenType == JsonTokenType.String);
        var type = EventTypes.Read(ref reader)!; // it is a text
        var id = "";
        var data = EventData.Nothing;
        ReadOnlyMemory<byte>? payload = null;
        if (Next(ref reader))
        {
            id = reader.GetString() ?? "";
            if (Next(ref reader))
            {
                data = reader.TokenType == JsonTokenType.Null
                    ? data
                    : JsonSerializer.Deserialize(ref reader, StorageJson.Default.EventData) ?? data;
                if (data.Bytes is [var offset, var length])
                {
                    payload = is_bare != 0 ? ReadOnlyMemory<byte>.Empty : payloads.AsMemory((int)offset, (int)length);
                }

                if (Next(ref reader))
                {
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    payload = events.AsMemory(start, (int)reader.BytesConsumed - start);
                    Require(!Next(ref reader));
                }
            }
        }

        Require(reader.TokenType == JsonTokenType.EndArray);
        return new StoredEvent
        {
            Position = position,
            Type = type,
            Id = id,
            CreatedAt = data.At ?? created_at,
            Data = data,
            Payload = payload,
        };
    }

    private static bool Next(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    private static void Require(bool isAsExpected)
    {
        if (!isAsExpected)
        {
            throw new JsonException("It is not an array of events.");
        }
    }
}
