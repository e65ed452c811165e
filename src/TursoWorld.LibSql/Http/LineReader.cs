using System.Buffers;
using System.Text.Json;

namespace TursoWorld.LibSql.Http;

/// <summary>Reads a body line by line, each whole, into an array of the pool.</summary>
internal sealed class LineReader(Stream stream) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(65_536);

    private int _start;

    private int _end;

    /// <returns>The line without its end, valid until the next call; null when there is no more.</returns>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        var searched = _start;
        while (true)
        {
            var index = _bytes.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (index >= 0)
            {
                var line = _bytes.AsMemory(_start, searched + index - _start);
                _start = searched + index + 1;
                return line;
            }

            var unread = _end - _start;
            MakeRoom();
            searched = _start + unread;
            var read = await stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                if (unread == 0)
                {
                    return null;
                }

                // The last line may have no end.
                var rest = _bytes.AsMemory(_start, unread);
                _start = _end;
                return rest;
            }

            _end += read;
        }
    }

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        (_start, _end) = (0, 0);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void MakeRoom()
    {
        var unread = _bytes.AsMemory(_start, _end - _start);
        if (_end < _bytes.Length)
        {
            return;
        }

        if (unread.Length <= _bytes.Length / 2)
        {
            unread.CopyTo(_bytes);
        }
        else if (unread.Length >= ResponseBody.LongestWhole)
        {
            throw new JsonException($"A line of the answer is longer than {ResponseBody.LongestWhole} bytes.");
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
            unread.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        (_start, _end) = (0, unread.Length);
    }
}
