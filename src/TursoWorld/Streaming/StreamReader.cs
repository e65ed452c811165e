using System.Runtime.CompilerServices;
using Dapper;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>
/// One reading of a stream. It subscribes first, then reads the table, then takes what it is told as long as the indexes
/// follow on; whatever does not makes it read the table again. So nothing is lost or doubled at the seam.
/// </summary>
internal sealed class StreamReader(ISqlDatabase database, PayloadCodecs codecs, StreamHub hub, StreamKey key)
{
    private const int RowsAtOnce = 256;
    private const int BytesAtOnce = 1024 * 1024;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        long startIndex, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subscription = hub.Subscribe(key);
        try
        {
            var next = startIndex >= 0 ? startIndex : await FromEndAsync(startIndex, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                subscription.TakeMissed();
                var stored = await ReadStoredAsync(next, cancellationToken).ConfigureAwait(false);
                foreach (var row in stored.Rows)
                {
                    next = row.chunk_index + 1;
                    if (codecs.Decode(row.data.AsMemory()) is { Length: > 0 } content)
                    {
                        yield return content;
                    }
                }

                if (stored.HasMore)
                {
                    continue;
                }

                if (stored.IsClosed)
                {
                    yield break;
                }

                while (!subscription.TakeMissed())
                {
                    await subscription.WaitAsync(cancellationToken).ConfigureAwait(false);
                    if (subscription.TakeChunk() is not { Chunk: { } chunk } news || news.Index < next)
                    {
                        continue; // to be looked up, or delivered already
                    }

                    if (news.Index > next)
                    {
                        break; // what is in between was told before this reader listened, or to nobody
                    }

                    next++;
                    if (codecs.Decode(chunk.AsMemory()) is { Length: > 0 } content)
                    {
                        yield return content;
                    }
                }
            }
        }
        finally
        {
            hub.Unsubscribe(key, subscription);
        }
    }

    private async Task<long> FromEndAsync(long startIndex, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(connection => StreamRow.Find(connection, key), cancellationToken).ConfigureAwait(false);
        return Math.Max(0, (found?.tail_index ?? -1) + 1 + startIndex);
    }

    private ValueTask<Stored> ReadStoredAsync(long next, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            // The end before the chunks: behind an end that was seen there is nothing.
            if (StreamRow.Find(connection, key) is not { } stream)
            {
                return new Stored([], HasMore: false, IsClosed: false);
            }

            var rows = new List<ChunkRow>();
            var bytes = 0;
            var arguments = new { stream.stream_key, after = next - 1, limit = RowsAtOnce };
            foreach (var row in connection.Query<ChunkRow>(StreamSql.ListChunks, arguments, buffered: false))
            {
                rows.Add(row);
                bytes += row.data.Length;
                if (bytes >= BytesAtOnce)
                {
                    break;
                }
            }

            return new Stored(rows, HasMore: rows.Count == RowsAtOnce || bytes >= BytesAtOnce, stream.is_closed);
        },
        cancellationToken);

    private sealed record Stored(IReadOnlyList<ChunkRow> Rows, bool HasMore, bool IsClosed);
}
