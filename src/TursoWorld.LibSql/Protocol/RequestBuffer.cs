using System.Buffers;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Bytes that grow in arrays of the pool.</summary>
internal sealed class RequestBuffer : IBufferWriter<byte>, IDisposable
{
    private const int InitialSize = 4_096;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialSize);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
        {
            return;
        }

        var size = (int)Math.Min(Math.Max((long)_bytes.Length * 2, (long)Length + count), Array.MaxLength);
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        Written.CopyTo(bytes);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = bytes;
    }
}
