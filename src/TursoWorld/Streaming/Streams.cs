using System.Collections.Concurrent;
using System.Text;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>Writes and reads <c>streams</c> and <c>stream_chunks</c>.</summary>
internal sealed class Streams(
    ISqlDatabase database, IRunReader runs, PayloadCodecs codecs, StreamHub hub, TimeProvider timeProvider) : IStreams
{
    private const int MostKnown = 1_000;

    // The keys of streams that were written to here. A key is never used twice, so a guard tells whether it still stands.
    private readonly ConcurrentDictionary<StreamKey, long> _known = new();

    public Task WriteAsync(string runId, string streamName, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken) =>
        WriteAllAsync(new StreamKey(runId, streamName), [Stored(chunk)], cancellationToken);

    public Task WriteAsync(string runId, string streamName, string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WriteAsync(runId, streamName, Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    public Task WriteManyAsync(
        string runId, string streamName, IReadOnlyList<ReadOnlyMemory<byte>> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var key = new StreamKey(runId, streamName);
        if (chunks.Sum(chunk => (long)chunk.Length) is var bytes and > IStreams.MaxCallBytes)
        {
            throw new InvalidStreamException(
                $"The chunks have {bytes} bytes together; at most {IStreams.MaxCallBytes} are allowed. Write them in several calls.");
        }

        return chunks.Count == 0 ? Task.CompletedTask : WriteAllAsync(key, [.. chunks.Select(Stored)], cancellationToken);
    }

    public async Task CloseAsync(string runId, string streamName, CancellationToken cancellationToken)
    {
        var key = new StreamKey(runId, streamName);
        await CloseAsync(key, CloseUnit(key), cancellationToken).ConfigureAwait(false);
    }

    private async Task<UnitResult> CloseAsync(StreamKey key, Unit unit, CancellationToken cancellationToken)
    {
        try
        {
            var result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            return result.Error == SqlErrorKind.GuardFailed ? result : result.ThrowUnlessCommitted();
        }
        finally
        {
            hub.TellToLook(key); // after a failure, too: its outcome may be unknown, and a look harms nobody
        }
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string runId, string streamName, long startIndex, bool waitForRun, CancellationToken cancellationToken) =>
        new StreamReader(database, runs, codecs, hub, new StreamKey(runId, streamName), waitForRun)
            .ReadAsync(startIndex, cancellationToken);

    public Stream OpenRead(string runId, string streamName, long startIndex, bool waitForRun) =>
        new ChunkStream(ReadAsync(runId, streamName, startIndex, waitForRun, CancellationToken.None));

    /// <summary>Appends a chunk in the name of an attempt of a step.</summary>
    /// <returns>Committed, or refused by <see cref="StreamSql.GuardStep"/>.</returns>
    /// <exception cref="InvalidStreamException">The name or the size cannot be stored.</exception>
    public Task<UnitResult> WriteAsync(StepWriter writer, string streamName, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        var key = new StreamKey(writer.RunId, streamName);
        ReadOnlyMemory<byte>[] stored = [Stored(chunk)];
        var unit = NewUnit(key, stored) with { Guard = GuardOf(writer, key) };
        return WriteUnitAsync(key, unit, firstChunk: 1, stored, cancellationToken);
    }

    /// <summary>Ends a stream in the name of an attempt of a step.</summary>
    /// <inheritdoc cref="WriteAsync(StepWriter, string, ReadOnlyMemory{byte}, CancellationToken)" path="/returns" />
    /// <exception cref="InvalidStreamException">The name cannot be stored.</exception>
    public Task<UnitResult> CloseAsync(StepWriter writer, string streamName, CancellationToken cancellationToken)
    {
        var key = new StreamKey(writer.RunId, streamName);
        return CloseAsync(key, CloseUnit(key) with { Guard = GuardOf(writer, key) }, cancellationToken);
    }

    public async Task<StreamInfo> GetInfoAsync(string runId, string streamName, CancellationToken cancellationToken)
    {
        var key = new StreamKey(runId, streamName);
        var found = await database.ReadAsync(reader => StreamRow.FindAsync(reader, key), cancellationToken).ConfigureAwait(false);
        return new StreamInfo(found.tail_index, found.IsDone);
    }

    public async Task<StreamChunkPage> GetChunksAsync(
        string runId, string streamName, PageRequest? page, CancellationToken cancellationToken)
    {
        var key = new StreamKey(runId, streamName);
        var keyset = Keyset.Of(PagedList.Chunks, page);
        var (after, limit) = (keyset.After, keyset.Limit);
        var text = keyset.IsDescending ? StreamSql.ListChunksBackwards : StreamSql.ListChunks;
        var (isDone, rows) = await database.ReadAsync(
            async reader =>
            {
                // The end before the chunks: behind an end that was seen there is nothing.
                var stream = await StreamRow.FindAsync(reader, key).ConfigureAwait(false);
                return !stream.Exists
                    ? (stream.IsDone, [])
                    : (stream.IsDone, await reader.QueryAsync<ChunkRow>(
                        text, new { stream.stream_key, after = after - 1, limit }).ConfigureAwait(false));
            },
            cancellationToken).ConfigureAwait(false);
        var chunks = keyset.ToPage(rows, row => row.chunk_index + 1, row => new StreamChunk(row.chunk_index, codecs.Decode(row.data.AsMemory())));
        return new StreamChunkPage(chunks, isDone);
    }

    public async Task<IReadOnlyList<string>> ListAsync(string runId, CancellationToken cancellationToken)
    {
        StreamKey.Check(runId, "The id of a run");
        return await database.ReadAsync(
            reader => reader.QueryAsync<string>(StreamSql.ListNames, new { run_id = runId }),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAllAsync(
        StreamKey key, IReadOnlyList<ReadOnlyMemory<byte>> chunks, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(key, out var streamKey))
        {
            var written = await WriteUnitAsync(key, KnownUnit(streamKey, chunks), firstChunk: 0, chunks, cancellationToken)
                .ConfigureAwait(false);
            if (written.IsCommitted)
            {
                return;
            }

            _known.TryRemove(key, out _); // closed, or deleted: the other way knows which
        }

        switch (await WriteUnitAsync(key, NewUnit(key, chunks), firstChunk: 1, chunks, cancellationToken).ConfigureAwait(false))
        {
            case { Guard: "run_over" }:
                throw ConflictException.StreamOver(key.RunId, key.StreamName);
            case { Guard: not null }:
                throw ConflictException.StreamClosed(key.RunId, key.StreamName);
        }
    }

    /// <returns>Committed, or refused by the guard.</returns>
    private async Task<UnitResult> WriteUnitAsync(
        StreamKey key,
        Unit unit,
        int firstChunk,
        IReadOnlyList<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken)
    {
        UnitResult? result = null;
        try
        {
            result = await database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
            if (result.IsCommitted)
            {
                var place = result.Rows[firstChunk][0];
                Remember(key, place.Integer(0));
                hub.Tell(key, place.Integer(0), place.Integer(1), chunks);
            }
        }
        finally
        {
            if (result is not { Error: SqlErrorKind.None or SqlErrorKind.GuardFailed })
            {
                hub.TellToLook(key); // nobody may know whether it was written, and a look harms nobody
            }
        }

        return result.Error == SqlErrorKind.GuardFailed ? result : result.ThrowUnlessCommitted();
    }

    private Unit NewUnit(StreamKey key, IReadOnlyList<ReadOnlyMemory<byte>> chunks)
    {
        var statements = new List<SqlStatement>(chunks.Count + 1) { Statement(StreamSql.Ensure, key, ("now", timeProvider.GetUtcNow())) };
        statements.AddRange(chunks.Select(chunk => Statement(StreamSql.Append, key, ("data", chunk))));
        return new Unit(statements) { Guard = Statement(StreamSql.Guard, key) };
    }

    private Unit CloseUnit(StreamKey key)
    {
        var now = timeProvider.GetUtcNow();
        return new Unit(Statement(StreamSql.Ensure, key, ("now", now)), Statement(StreamSql.Close, key, ("now", now)));
    }

    private static SqlStatement GuardOf(StepWriter writer, StreamKey key) => Statement(
        StreamSql.GuardStep,
        key,
        ("run_key", writer.Message.RunKey),
        ("message_key", writer.Message.MessageKey),
        ("lease_token", writer.Message.LeaseToken));

    private static Unit KnownUnit(long streamKey, IReadOnlyList<ReadOnlyMemory<byte>> chunks)
    {
        var statements = new SqlStatement[chunks.Count];
        for (var i = 0; i < statements.Length; i++)
        {
            statements[i] = new SqlStatement(StreamSql.AppendKnown, ("stream_key", streamKey), ("data", chunks[i]));
        }

        return new Unit(statements) { Guard = new SqlStatement(StreamSql.GuardKnown, ("stream_key", streamKey)) };
    }

    private void Remember(StreamKey key, long streamKey)
    {
        if (_known.Count >= MostKnown)
        {
            _known.Clear(); // rarely, and what is written to on and on is soon known again
        }

        _known[key] = streamKey;
    }

    private static SqlStatement Statement(string text, StreamKey key, params (string Name, SqlValue Value)[] arguments) =>
        new(text, [("run_id", key.RunId), ("stream_name", key.StreamName), .. arguments]);

    private ReadOnlyMemory<byte> Stored(ReadOnlyMemory<byte> chunk) => chunk.Length <= IStreams.MaxChunkBytes
        ? codecs.Encode(chunk)
        : throw new InvalidStreamException(
            $"The chunk has {chunk.Length} bytes; at most {IStreams.MaxChunkBytes} are allowed. Write it in several.");
}
