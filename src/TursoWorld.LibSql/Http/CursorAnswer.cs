using System.Text.Json;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>The answer to a cursor, read while it comes. Its stream can be used again when it has been read to the end.</summary>
internal sealed class CursorAnswer(
    LibSqlServer server, ServerStream stream, HttpResponseMessage response, RequestTerms terms, Deadline deadline)
    : IDisposable
{
    private LineReader? _lines;

    private (string? Baton, string? BaseUrl) _head;

    private int _columns;

    private bool _isOver;

    private volatile bool _isGivenUp;

    public ServerStream Stream => stream;

    /// <returns>The next entry; null when there is no more.</returns>
    /// <exception cref="LibSqlException">Reading has failed, or was given up: what is missing must not look like the end.</exception>
    public async Task<CursorEntry?> NextAsync(CancellationToken cancellationToken)
    {
        RequireNotGivenUp(cancellationToken);
        if (_isOver)
        {
            return null;
        }

        // Leaving in the middle of the body would leave the stream unusable, too.
        using var registration = cancellationToken.UnsafeRegister(static self => ((CursorAnswer)self!).Abort(), this);
        try
        {
            var entry = await ReadAsync().ConfigureAwait(false);
            if (entry is null)
            {
                RequireNotGivenUp(cancellationToken);
                Finish();
            }

            deadline.Pause();
            return entry;
        }
        catch (Exception exception)
        {
            Abort();
            cancellationToken.ThrowIfCancellationRequested();
            if (Translate(exception) is { } translated)
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>Gives up: what has not been read is not executed, and the stream ends.</summary>
    public void Abort()
    {
        if (!_isOver)
        {
            (_isOver, _isGivenUp) = (true, true);
            stream.Drop();
            response.Dispose();
        }
    }

    public void Dispose()
    {
        Abort();
        _lines?.Dispose();
        response.Dispose();
        deadline.Dispose();
    }

    private void RequireNotGivenUp(CancellationToken cancellationToken)
    {
        if (_isGivenUp)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw LibSqlErrors.AnswerLost("Reading the rows has ended before the last one.", terms.Effect, cause: null);
        }
    }

    private async Task<CursorEntry?> ReadAsync()
    {
        deadline.Restart();
        if (_lines is null)
        {
            _lines = new LineReader(await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false));
            _head = CursorEntry.ReadHead(
                (await _lines.NextAsync(deadline.Token).ConfigureAwait(false) ?? throw new JsonException("The answer is empty.")).Span);
        }

        while (await _lines.NextAsync(deadline.Token).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0)
            {
                return Checked(CursorEntry.Read(line.Span));
            }
        }

        return null;
    }

    private CursorEntry Checked(CursorEntry entry)
    {
        if (entry.Kind == CursorEntryKind.StepBegin)
        {
            _columns = entry.Columns.Count;
        }

        server.Remember(entry.ReplicationIndex);
        return entry.Kind != CursorEntryKind.Row || entry.Row.Length == _columns
            ? entry
            : throw new JsonException("A row has not as many values as there are columns.");
    }

    private void Finish()
    {
        _isOver = true;
        server.Continue(stream, _head.Baton, _head.BaseUrl);
    }

    private LibSqlException? Translate(Exception exception) => exception switch
    {
        OperationCanceledException when deadline.IsOver => HttpFailures.TimedOut(deadline.Timeout, terms),
        HttpRequestException or IOException or ObjectDisposedException => HttpFailures.AnswerLost(exception, terms),
        JsonException or InvalidOperationException or FormatException => HttpFailures.NotUnderstood(exception, terms),
        _ => null,
    };
}
