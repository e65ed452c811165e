using System.Threading.Channels;
using TursoWorld.Abstractions;

namespace TursoWorld.Streaming;

/// <summary>
/// The readers of this process, and what they are told after a commit. It only makes them faster: whoever is told nothing
/// finds the same in the table.
/// </summary>
internal sealed class StreamHub(WakeHub hub)
{
    // Guards what is below.
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamKey, List<StreamSubscription>> _readers = [];
    private bool _isClosed;

    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    public StreamSubscription Subscribe(StreamKey key)
    {
        var subscription = new StreamSubscription();
        lock (_lock)
        {
            if (_isClosed)
            {
                throw StreamSubscription.Closed();
            }

            if (_readers.Count == 0)
            {
                hub.ChangedElsewhere += OnChangedElsewhere;
            }

            if (!_readers.TryGetValue(key, out var readers))
            {
                _readers.Add(key, readers = []);
            }

            readers.Add(subscription);
        }

        return subscription;
    }

    public void Unsubscribe(StreamKey key, StreamSubscription subscription)
    {
        lock (_lock)
        {
            if (!_readers.TryGetValue(key, out var readers) || !readers.Remove(subscription) || readers.Count > 0)
            {
                return;
            }

            _readers.Remove(key);
            if (_readers.Count == 0)
            {
                hub.ChangedElsewhere -= OnChangedElsewhere;
            }
        }
    }

    /// <summary>Chunks have been committed.</summary>
    public void Tell(StreamKey key, long firstIndex, IReadOnlyList<byte[]> chunks)
    {
        lock (_lock)
        {
            foreach (var reader in _readers.GetValueOrDefault(key) ?? [])
            {
                for (var i = 0; i < chunks.Count; i++)
                {
                    reader.Tell(firstIndex + i, chunks[i]);
                }
            }
        }
    }

    /// <summary>A stream has been closed.</summary>
    public void TellClosed(StreamKey key)
    {
        lock (_lock)
        {
            foreach (var reader in _readers.GetValueOrDefault(key) ?? [])
            {
                reader.TellToLook();
            }
        }
    }

    /// <summary>The database closes: nobody reads on.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var reader in _readers.Values.SelectMany(readers => readers))
            {
                reader.Close();
            }
        }
    }

    private void OnChangedElsewhere()
    {
        lock (_lock)
        {
            foreach (var reader in _readers.Values.SelectMany(readers => readers))
            {
                reader.TellToLook();
            }
        }
    }
}

/// <summary>What one reader has been told and has not taken note of yet. Bounded: a slow reader falls back to the table.</summary>
internal sealed class StreamSubscription
{
    private const int MaxWaiting = 64;
    private const int LargestHandedOver = 64 * 1024;

    private readonly Channel<StreamNews> _news = Channel.CreateBounded<StreamNews>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private int _hasMissed;

    public void Tell(long index, byte[] chunk)
    {
        if (chunk.Length > LargestHandedOver)
        {
            TellToLook();
        }
        else if (!_news.Writer.TryWrite(new StreamNews(index, chunk)))
        {
            Volatile.Write(ref _hasMissed, 1); // it has things to take note of, and looks into the table behind them
        }
    }

    public void TellToLook()
    {
        Volatile.Write(ref _hasMissed, 1);
        _news.Writer.TryWrite(default);
    }

    public void Close() => _news.Writer.TryComplete(Closed());

    public static ObjectDisposedException Closed() =>
        new("World", "The world is closed. The stream goes on; read it in another world.");

    /// <summary>Waits for news.</summary>
    /// <exception cref="ObjectDisposedException">The world is closed.</exception>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _news.Reader.WaitToReadAsync(cancellationToken);

    /// <returns>The next chunk that was told; null when there is none, or something has to be looked up first.</returns>
    public StreamNews? TakeChunk() => _news.Reader.TryRead(out var news) && news.Chunk is not null ? news : null;

    /// <returns>True when the table has something that was not told.</returns>
    public bool TakeMissed() => Interlocked.Exchange(ref _hasMissed, 0) != 0;
}

/// <summary>A chunk that was committed; without one, something to look up.</summary>
internal readonly record struct StreamNews(long Index, byte[]? Chunk);
