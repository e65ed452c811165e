using System.Text.Json.Nodes;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Streaming;

/// <summary>
/// The readers of this process, and what they are told after a commit. It only makes them faster: whoever is told nothing
/// finds the same in the table. When something may have changed elsewhere, one look into the table serves all of them.
/// </summary>
internal sealed class StreamHub(ISqlDatabase database, WakeHub hub, WorldDiagnostics diagnostics)
{
    // Guards what is below.
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamKey, List<StreamSubscription>> _readers = [];
    private readonly Dictionary<string, HashSet<StreamKey>> _keysOfRun = [];
    private WaitedFor? _waitedFor;
    private Task _looking = Task.CompletedTask;
    private bool _isLooking;
    private bool _looksAgain;
    private bool _isClosed;

    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    public StreamSubscription Subscribe(StreamKey key, bool waitsForRun)
    {
        var subscription = new StreamSubscription(waitsForRun);
        lock (_lock)
        {
            if (_isClosed)
            {
                throw StreamSubscription.Closed();
            }

            if (_readers.Count == 0)
            {
                hub.ChangedElsewhere += Look;
                hub.RunsDeleted += Look;
                hub.RunEnded += TellToLook;
            }

            if (!_readers.TryGetValue(key, out var readers))
            {
                _readers.Add(key, readers = []);
                if (!_keysOfRun.TryGetValue(key.RunId, out var keys))
                {
                    _keysOfRun.Add(key.RunId, keys = []);
                }

                keys.Add(key);
                _waitedFor = null;
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
            _waitedFor = null;
            _keysOfRun[key.RunId].Remove(key);
            if (_keysOfRun[key.RunId].Count == 0)
            {
                _keysOfRun.Remove(key.RunId);
            }

            if (_readers.Count == 0)
            {
                hub.ChangedElsewhere -= Look;
                hub.RunsDeleted -= Look;
                hub.RunEnded -= TellToLook;
            }
        }
    }

    /// <summary>Chunks have been committed. Readers get copies, because they come to read them later.</summary>
    /// <param name="key">The stream by its name.</param>
    /// <param name="streamKey">The stream.</param>
    /// <param name="index">The index of the first chunk.</param>
    /// <param name="chunks">The chunks.</param>
    public void Tell(StreamKey key, long streamKey, long index, IReadOnlyList<ReadOnlyMemory<byte>> chunks)
    {
        if (!IsRead(key))
        {
            return; // whoever subscribes from now on finds them in the table
        }

        var news = new StreamNews(streamKey, index, [.. chunks.Select(chunk => chunk.ToArray())]);
        lock (_lock)
        {
            foreach (var reader in _readers.GetValueOrDefault(key) ?? [])
            {
                reader.Tell(news);
            }
        }
    }

    /// <summary>A stream has been closed, or something has happened to it.</summary>
    public void TellToLook(StreamKey key)
    {
        lock (_lock)
        {
            foreach (var reader in _readers.GetValueOrDefault(key) ?? [])
            {
                reader.TellToLook();
            }
        }
    }

    /// <summary>A run is over, and its streams with it.</summary>
    private void TellToLook(string runId, RunOutcome outcome)
    {
        lock (_lock)
        {
            foreach (var reader in (_keysOfRun.GetValueOrDefault(runId) ?? []).SelectMany(key => _readers[key]))
            {
                reader.TellToLook();
            }
        }
    }

    /// <summary>The database closes: nobody reads on.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var reader in _readers.Values.SelectMany(readers => readers))
            {
                reader.Close();
            }

            return _looking;
        }
    }

    /// <summary>Looks for what has happened to the streams that are being read; while somebody looks, once more after that.</summary>
    private void Look()
    {
        lock (_lock)
        {
            _looksAgain = true;
            if (!_isLooking && !_isClosed)
            {
                _isLooking = true;
                _looking = Task.Run(LookAsync);
            }
        }
    }

    private bool IsRead(StreamKey key)
    {
        lock (_lock)
        {
            return _readers.ContainsKey(key);
        }
    }

    private async Task LookAsync()
    {
        while (Next() is { } waitedFor)
        {
            try
            {
                var rows = await database.ReadAsync(
                    reader => reader.QueryAsync<TailRow>(StreamSql.ListTails, new { streams = waitedFor.Json }),
                    CancellationToken.None).ConfigureAwait(false);
                TellSeen(waitedFor.Keys, rows);
            }
            catch (Exception exception)
            {
                // Each reader looks for itself, and hears what is wrong.
                diagnostics.LoopFailed("streams.look", exception);
                Array.ForEach(waitedFor.Keys, TellToLook);
            }
        }
    }

    /// <returns>What to look for; null to stop looking.</returns>
    private WaitedFor? Next()
    {
        lock (_lock)
        {
            _isLooking = _looksAgain && !_isClosed && _readers.Count > 0;
            _looksAgain = false;
            return _isLooking ? _waitedFor ??= WaitedFor.Of([.. _readers.Keys]) : null;
        }
    }

    private void TellSeen(StreamKey[] keys, List<TailRow> rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                foreach (var reader in _readers.GetValueOrDefault(keys[row.place]) ?? [])
                {
                    reader.TellSeen(row);
                }
            }
        }
    }

    /// <summary>The streams that are being read, as they are and as the argument of a statement.</summary>
    private sealed record WaitedFor(StreamKey[] Keys, string Json)
    {
        public static WaitedFor Of(StreamKey[] keys) => new(
            keys, new JsonArray([.. keys.Select(key => new JsonArray(key.RunId, key.StreamName))]).ToJsonString());
    }
}
