using System.Threading.Channels;

namespace TursoWorld.Streaming;

/// <summary>What one reader has been told and has not taken note of yet. Bounded: a slow reader falls back to the table.</summary>
/// <param name="waitsForRun">Whether the reader goes on while neither stream nor run exist.</param>
internal sealed class StreamSubscription(bool waitsForRun)
{
    private const int MaxWaiting = 256;
    private const long MaxWaitingBytes = 4 * 1024 * 1024;

    private readonly Channel<StreamNews> _news = Channel.CreateBounded<StreamNews>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private int _hasMissed;
    private long _streamKey;
    private long _next;
    private long _waitingBytes;

    /// <summary>The stream that is being read, once there is one.</summary>
    public long StreamKey
    {
        get => Volatile.Read(ref _streamKey);
        set => Volatile.Write(ref _streamKey, value);
    }

    public void Tell(StreamNews news)
    {
        if (Interlocked.Add(ref _waitingBytes, news.Bytes) > MaxWaitingBytes || !_news.Writer.TryWrite(news))
        {
            Interlocked.Add(ref _waitingBytes, -news.Bytes);
            TellToLook();
        }
    }

    public void TellToLook()
    {
        Volatile.Write(ref _hasMissed, 1);
        _news.Writer.TryWrite(default);
    }

    /// <summary>Tells what somebody has seen in the table, if it is anything but what this reader has seen itself.</summary>
    public void TellSeen(StreamRow stream)
    {
        // Either may be newer than what was seen in the table. Then the reader looks once in vain, or has looked already.
        var isAnother = stream.stream_key != StreamKey;
        var isInVain = !waitsForRun && !stream.Exists && !stream.has_run;
        if (isAnother || isInVain || stream.IsDone || stream.tail_index >= Volatile.Read(ref _next))
        {
            TellToLook();
        }
    }

    public void Close() => _news.Writer.TryComplete(Closed());

    public static ObjectDisposedException Closed() =>
        new("World", "The world is closed. The stream goes on; read it in another world.");

    /// <summary>Waits for news.</summary>
    /// <param name="next">The first index that has not been read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ObjectDisposedException">The world is closed.</exception>
    public ValueTask<bool> WaitAsync(long next, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _next, next);
        return _news.Reader.WaitToReadAsync(cancellationToken);
    }

    /// <returns>The next chunks that were told; null when there are none, or something has to be looked up first.</returns>
    public StreamNews? TakeChunks()
    {
        if (!_news.Reader.TryRead(out var news) || news is not { Chunks: not null })
        {
            return null;
        }

        Interlocked.Add(ref _waitingBytes, -news.Bytes);
        return news;
    }

    /// <returns>True when the table has something that was not told.</returns>
    public bool TakeMissed() => Interlocked.Exchange(ref _hasMissed, 0) != 0;
}

/// <summary>Chunks that were committed together; without them, something to look up.</summary>
internal readonly record struct StreamNews(long StreamKey, long Index, IReadOnlyList<byte[]>? Chunks)
{
    private const int BytesAround = 32;

    /// <summary>What they cost in memory.</summary>
    public long Bytes { get; } = Chunks?.Sum(chunk => (long)chunk.Length + BytesAround) ?? 0;
}
