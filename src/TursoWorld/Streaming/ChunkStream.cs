namespace TursoWorld.Streaming;

/// <summary>Chunks as one sequence of bytes. Reading asynchronously holds no thread.</summary>
internal sealed class ChunkStream(IAsyncEnumerable<ReadOnlyMemory<byte>> chunks) : Stream
{
    private readonly CancellationTokenSource _closing = new();
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _enumerator;
    private Task<bool>? _pending;
    private ReadOnlyMemory<byte> _rest;
    private bool _isDisposed;

    public override bool CanRead => !_isDisposed;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("The length of a stream that may still be written is not known.");

    public override long Position
    {
        get => throw new NotSupportedException("The stream can only be read onwards.");
        set => throw new NotSupportedException("The stream can only be read onwards; begin with a start index.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (buffer.IsEmpty)
        {
            return 0;
        }

        cancellationToken.ThrowIfCancellationRequested();
        _enumerator ??= chunks.GetAsyncEnumerator(_closing.Token);
        if (_rest.IsEmpty)
        {
            // Cancelling one read must not end the reading, so the read that waits is kept for the next call.
            _pending ??= _enumerator.MoveNextAsync().AsTask();
            var hasMore = await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            _pending = hasMore ? null : _pending;
            if (!hasMore)
            {
                return 0;
            }

            _rest = _enumerator.Current;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
        // Nothing is ever written.
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("The stream can only be read onwards; begin with a start index.");

    public override void SetLength(long value) => throw new NotSupportedException("The stream can only be read.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream can only be read.");

    public override async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_pending is not null)
        {
            // Cancelled a line above: how it ended no longer matters to anybody.
            await ((Task)_pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_enumerator is not null)
        {
            await _enumerator.DisposeAsync().ConfigureAwait(false);
        }

        _closing.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }
}
