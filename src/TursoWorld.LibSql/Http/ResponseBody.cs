using System.Buffers;
using System.Text.Json;

namespace TursoWorld.LibSql.Http;

/// <summary>A whole answer, in an array of the pool.</summary>
internal sealed class ResponseBody : IDisposable
{
    /// <summary>No answer, and no row of one that is read row by row, may be longer: 256 MiB. Servers send 10 MB at most unless told otherwise.</summary>
    public const int LongestWhole = 256 * 1024 * 1024;

    private const int InitialSize = 16_384;

    private byte[] _bytes;

    private int _length;

    private ResponseBody(int size)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(size);
    }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <exception cref="JsonException">It is longer than anything that is to be held in memory.</exception>
    public static async Task<ResponseBody> ReadWholeAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(content, LongestWhole + 1, cancellationToken).ConfigureAwait(false);
        if (body._length <= LongestWhole)
        {
            return body;
        }

        body.Dispose();
        throw new JsonException($"The answer is longer than {LongestWhole} bytes.");
    }

    /// <summary>Reads an answer as far as it may be long.</summary>
    public static async Task<ResponseBody> ReadAsync(
        HttpContent content, int maxLength, CancellationToken cancellationToken)
    {
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            // One byte more than announced, so that the end is seen without growing.
            var announced = content.Headers.ContentLength is { } length ? length + 1 : InitialSize;
            var body = new ResponseBody((int)Math.Clamp(announced, 1, maxLength));
            try
            {
                await body.FillAsync(stream, maxLength, cancellationToken).ConfigureAwait(false);
                return body;
            }
            catch
            {
                body.Dispose();
                throw;
            }
        }
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private async Task FillAsync(Stream stream, int maxLength, CancellationToken cancellationToken)
    {
        while (_length < maxLength)
        {
            if (_length == _bytes.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(_bytes.Length * 2L, maxLength));
                _bytes.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(_bytes);
                _bytes = larger;
            }

            var read = await stream.ReadAsync(_bytes.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            _length += read;
        }
    }
}
