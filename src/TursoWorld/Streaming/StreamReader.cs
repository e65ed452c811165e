using System.Runtime.CompilerServices;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>
/// One reading of a stream. It subscribes first, then reads the table, then takes what it is told as long as the indexes
/// follow on; whatever does not makes it read the table again. So nothing is lost or doubled at the seam.
/// </summary>
internal sealed class StreamReader(
    ISqlDatabase database, IRunReader runs, PayloadCodecs codecs, StreamHub hub, StreamKey key, bool waitsForRun)
{
    private const int RowsAtOnce = 256;
    private const int BytesAtOnce = 1024 * 1024;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        long startIndex, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subscription = hub.Subscribe(key, waitsForRun);
        try
        {
            var next = startIndex >= 0 ? startIndex : await FromEndAsync(startIndex, subscription, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                subscription.TakeMissed();
                var stored = await ReadStoredAsync(next, subscription, cancellationToken).ConfigureAwait(false);
                foreach (var row in stored.Rows)
                {
                    next = row.chunk_index + 1;
                    if (codecs.Decode(row.data.AsMemory()) is { Length: > 0 } content)
                    {
                        yield return content;
                    }
                }

                if (next <= stored.Stream.tail_index)
                {
                    continue; // there is more, or what there was has been deleted
                }

                if (await IsAtEndAsync(stored.Stream, cancellationToken).ConfigureAwait(false))
                {
                    yield break;
                }

                while (!subscription.TakeMissed())
                {
                    await subscription.WaitAsync(next, cancellationToken).ConfigureAwait(false);
                    if (subscription.TakeChunks() is not { Chunks: { } chunks } news)
                    {
                        continue; // to be looked up
                    }

                    if (news.StreamKey != subscription.StreamKey || news.Index > next)
                    {
                        break; // another stream; or what is in between was told before this reader listened, or to nobody
                    }

                    // Those before it have been delivered already.
                    for (var i = next - news.Index; i < chunks.Count; i++)
                    {
                        next++;
                        if (codecs.Decode(chunks[(int)i]) is { Length: > 0 } content)
                        {
                            yield return content;
                        }
                    }
                }
            }
        }
        finally
        {
            hub.Unsubscribe(key, subscription);
        }
    }

    private async Task<long> FromEndAsync(
        long startIndex, StreamSubscription subscription, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(reader => StreamRow.FindAsync(reader, key), cancellationToken).ConfigureAwait(false);
        Recognise(found, subscription);
        return Math.Max(0, found.tail_index + 1 + startIndex);
    }

    private async Task<Stored> ReadStoredAsync(long next, StreamSubscription subscription, CancellationToken cancellationToken)
    {
        var (stream, rows) = await database.ReadAsync(
            async reader =>
            {
                // The end before the chunks: behind an end that was seen there is nothing.
                var stream = await StreamRow.FindAsync(reader, key).ConfigureAwait(false);
                return (stream, stream.Exists ? await ReadChunksAsync(reader, stream.stream_key, next).ConfigureAwait(false) : []);
            },
            cancellationToken).ConfigureAwait(false);
        Recognise(stream, subscription);
        return new Stored(rows, stream);
    }

    /// <returns>Whether nothing comes behind what has been delivered.</returns>
    /// <exception cref="RunEndedException">The run has not come to the end of the stream.</exception>
    /// <exception cref="NotFoundException">There is nothing to wait for.</exception>
    private async Task<bool> IsAtEndAsync(StreamRow stream, CancellationToken cancellationToken)
    {
        if (stream.is_closed)
        {
            return true;
        }

        if (stream.is_over)
        {
            var outcome = await runs.FindOutcomeAsync(key.RunId, cancellationToken).ConfigureAwait(false);
            var failure = (WorldException?)outcome!.ToException(key.RunId) // the row that was read says that it is over
                ?? (stream.Exists ? null : NotFoundException.NeverWritten(key.RunId, key.StreamName));
            return failure is null ? true : throw failure;
        }

        return stream.Exists || stream.has_run || waitsForRun ? false : throw NotFoundException.Run(key.RunId);
    }

    private static async Task<List<ChunkRow>> ReadChunksAsync(SqlReader reader, long streamKey, long next)
    {
        var rows = new List<ChunkRow>();
        var bytes = 0;
        var arguments = new { stream_key = streamKey, after = next - 1, limit = RowsAtOnce };
        await foreach (var row in reader.EnumerateAsync<ChunkRow>(StreamSql.ListChunks, arguments))
        {
            rows.Add(row);
            bytes += row.data.Length;
            if (bytes >= BytesAtOnce)
            {
                break;
            }
        }

        return rows;
    }

    /// <exception cref="NotFoundException">The stream that was being read is gone, whatever has its name now.</exception>
    private void Recognise(StreamRow found, StreamSubscription subscription)
    {
        if (subscription.StreamKey != StreamRow.NoStream && subscription.StreamKey != found.stream_key)
        {
            throw NotFoundException.Stream(key.RunId, key.StreamName);
        }

        subscription.StreamKey = found.stream_key;
    }

    /// <summary>What one look has found. The stream was read before the chunks.</summary>
    private sealed record Stored(IReadOnlyList<ChunkRow> Rows, StreamRow Stream);
}
