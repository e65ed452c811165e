using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>Readers of streams that are asked for one chunk at a time.</summary>
internal sealed class StreamReaders(IStreams streams) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, Reader> _readers = new();
    private int _last;

    public int Open(string runId, string streamName, long startIndex)
    {
        var cancellation = new CancellationTokenSource();
        var chunks = streams.ReadAsync(runId, streamName, startIndex, waitForRun: true, cancellation.Token).GetAsyncEnumerator();
        var id = Interlocked.Increment(ref _last);
        _readers[id] = new Reader(chunks, cancellation);
        return id;
    }

    /// <returns>The next chunk; null at the end of the stream, and when the reader was cancelled.</returns>
    public async Task<JsonNode?> NextAsync(int id)
    {
        if (!_readers.TryGetValue(id, out var reader))
        {
            return null;
        }

        await reader.Turn.WaitAsync();
        try
        {
            if (!reader.Cancellation.IsCancellationRequested && await reader.Chunks.MoveNextAsync())
            {
                return Wire.ToNode((ReadOnlyMemory<byte>?)reader.Chunks.Current);
            }
        }
        catch (OperationCanceledException) when (reader.Cancellation.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            reader.Turn.Release();
        }

        await CancelAsync(id);
        return null;
    }

    public async Task CancelAsync(int id)
    {
        if (_readers.TryRemove(id, out var reader))
        {
            await reader.Cancellation.CancelAsync();
            await reader.Turn.WaitAsync(); // a reader is not closed while it reads
            await reader.Chunks.DisposeAsync();
            reader.Cancellation.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var id in _readers.Keys)
        {
            await CancelAsync(id);
        }
    }

    private sealed record Reader(IAsyncEnumerator<ReadOnlyMemory<byte>> Chunks, CancellationTokenSource Cancellation)
    {
        public SemaphoreSlim Turn { get; } = new(1);
    }
}
