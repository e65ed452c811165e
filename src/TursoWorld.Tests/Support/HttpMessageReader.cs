using System.Globalization;
using System.Text;

namespace TursoWorld.Tests.Support;

/// <summary>Takes the HTTP/1.1 messages off a connection, one after the other, as they stand on the wire.</summary>
internal sealed class HttpMessageReader(Stream stream)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <returns>The head of the next message; null when the connection has ended before it was complete.</returns>
    public async Task<HttpHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start.._end).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (!await FillAsync(cancellationToken))
            {
                return null;
            }
        }

        return HttpHead.Parse(Encoding.Latin1.GetString(Take(length + 4).Span));
    }

    /// <summary>Copies the body that follows a head while it arrives.</summary>
    /// <param name="head">The head that was read last.</param>
    /// <param name="wire">Gets the body as it stands on the wire.</param>
    /// <param name="content">Gets the body without the frames of its chunks.</param>
    /// <returns>Whether the body was complete when the connection ended, if it has ended.</returns>
    public async Task<bool> CopyBodyAsync(HttpHead head, Stream wire, Stream content, CancellationToken cancellationToken)
    {
        if (!head.IsChunked)
        {
            return await CopyAsync(head.ContentLength ?? 0, [wire, content], cancellationToken);
        }

        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            await wire.WriteAsync(Encoding.Latin1.GetBytes(line), cancellationToken);
            var size = long.Parse(line.Split(';')[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (!await CopyAsync(size, [wire, content], cancellationToken) || !await CopyAsync(2, [wire], cancellationToken))
            {
                return false;
            }

            if (size == 0)
            {
                return true; // nobody here sends fields after the last chunk
            }
        }

        return false;
    }

    private async Task<bool> CopyAsync(long length, Stream[] targets, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (_start == _end && !await FillAsync(cancellationToken))
            {
                return false;
            }

            var piece = Take((int)Math.Min(length, _end - _start));
            foreach (var target in targets)
            {
                await target.WriteAsync(piece, cancellationToken);
            }

            length -= piece.Length;
        }

        return true;
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start.._end).IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync(cancellationToken))
            {
                return null;
            }
        }

        return Encoding.Latin1.GetString(Take(length + 2).Span);
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        var taken = _buffer.AsMemory(_start, length);
        _start += length;
        return taken;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
