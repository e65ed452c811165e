using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace TursoWorld.Benchmarks;

/// <summary>
/// Counts the bytes that go into a write-ahead log although checkpoints let it begin again from the front: it follows
/// the salts, which change whenever the log begins again, and stand in the header and in each frame.
/// </summary>
/// <remarks>
/// Only the log is opened. Closing a file gives up all locks that this process has on it, and SQLite has locks on the
/// database and on the shared memory, but none on the log.
/// </remarks>
internal sealed class WalFollower : IDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    private readonly string _path;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private SafeFileHandle? _file;
    private ulong _salts;
    private uint _generation;
    private long _frameBytes;
    private long _next;
    private long _bytes;

    public WalFollower(string database)
    {
        _path = database + "-wal";

        // A thread of its own: the pool is busy with what is being measured.
        _thread = new Thread(Follow) { IsBackground = true, Name = nameof(WalFollower) };
        _thread.Start();
    }

    /// <summary>How often the log began anew unseen; if ever, the count is too low.</summary>
    public uint Missed { get; private set; }

    /// <summary>Stops, and returns the bytes of all frames seen. Call it while the database is still open.</summary>
    public long Stop()
    {
        _stop.Cancel();
        _thread.Join();
        Look();
        return _bytes;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _file?.Dispose();
        _stop.Dispose();
    }

    private void Follow()
    {
        while (!_stop.Token.WaitHandle.WaitOne(Interval))
        {
            Look();
        }
    }

    private void Look()
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!TryOpen() || RandomAccess.Read(_file!, header, 0) < HeaderBytes)
        {
            return;
        }

        var salts = BinaryPrimitives.ReadUInt64BigEndian(header[16..]);
        if (salts != _salts)
        {
            // What the old generation wrote since the last look is still there, behind the new beginning.
            CountFrames();
            Begin(header, salts);
        }

        CountFrames();
    }

    private bool TryOpen()
    {
        if (_file is null && File.Exists(_path))
        {
            _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }

        return _file is not null;
    }

    private void Begin(ReadOnlySpan<byte> header, ulong salts)
    {
        var generation = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        Missed += _salts == 0 ? 0 : generation - _generation - 1;
        _generation = generation;
        _salts = salts;
        _frameBytes = BinaryPrimitives.ReadUInt32BigEndian(header[8..]) + FrameHeaderBytes;
        _next = HeaderBytes;
    }

    private void CountFrames()
    {
        Span<byte> frame = stackalloc byte[FrameHeaderBytes];
        while (_next > 0
            && RandomAccess.Read(_file!, frame, _next) == FrameHeaderBytes
            && BinaryPrimitives.ReadUInt64BigEndian(frame[8..]) == _salts)
        {
            _next += _frameBytes;
            _bytes += _frameBytes;
        }
    }
}
