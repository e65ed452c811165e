using System.Text;
using System.Text.Json;
using TursoWorld.LibSql.Diagnostics;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>A server as all connections of a data source share it.</summary>
internal sealed class LibSqlServer(LibSqlSettings settings, TokenSource tokens, HttpTransport transport) : IDisposable
{
    private long _replicationIndex;

    private volatile string? _version;

    public LibSqlSettings Settings => settings;

    public TimeProvider TimeProvider => transport.TimeProvider;

    public ServerStream NewStream() => new(settings.BaseUri);

    /// <summary>Sends statements as one batch, in one round trip.</summary>
    /// <returns>What became of them; the batch as a whole may have been refused.</returns>
    public async Task<PipelineAnswer> ExecuteAsync(ServerCall call, CancellationToken cancellationToken)
    {
        using var activity = LibSqlActivity.Start(settings, call.Steps);
        try
        {
            var answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
            LibSqlActivity.Stop(activity, answer);
            return answer;
        }
        catch (Exception exception)
        {
            LibSqlActivity.Stop(activity, exception);
            throw;
        }
    }

    /// <summary>Sends statements whose rows are read while they come, on a stream that lives on.</summary>
    public async Task<CursorAnswer> OpenCursorAsync(
        ServerCall call, ServerStream stream, CancellationToken cancellationToken)
    {
        call = call with { Stream = stream, Closes = false };
        using var activity = LibSqlActivity.Start(settings, call.Steps);
        var terms = TermsOf(call, "v3/cursor");
        var buffer = new RequestBuffer();
        RequestWriter.WriteCursor(buffer, BatchOf(call));
        var deadline = new Deadline(call.Timeout, TimeProvider, cancellationToken);
        try
        {
            var response = await transport.OpenAsync(buffer.Written, terms, deadline).ConfigureAwait(false);
            buffer.Dispose();
            return new CursorAnswer(this, stream, response, terms, deadline);
        }
        catch (Exception exception)
        {
            deadline.Dispose();
            stream.Drop();
            LibSqlActivity.Stop(activity, exception);
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>Ends a stream now instead of when the server notices that nobody uses it.</summary>
    public async Task CloseAsync(ServerStream stream, TimeSpan timeout)
    {
        if (!stream.IsOpen)
        {
            return;
        }

        try
        {
            await SendAsync(
                new ServerCall([]) { Stream = stream, Effect = LossEffect.Nothing, Timeout = timeout }, CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (LibSqlException)
        {
            // The server ends it by itself after ten seconds, and the caller's result does not depend on it.
            stream.Drop();
        }
    }

    /// <summary>What the server says about itself.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken)
    {
        if (_version is { } known)
        {
            return known;
        }

        using var deadline = new Deadline(settings.CommandTimeout, TimeProvider, cancellationToken);
        using var body = await transport.GetAsync("version", deadline).ConfigureAwait(false);
        return _version = Encoding.UTF8.GetString(body.Bytes).Trim();
    }

    /// <summary>The stream goes on with the baton, at another place if the server says so.</summary>
    public void Continue(ServerStream stream, string? baton, string? baseUrl)
    {
        stream.Baton = baton;
        if (baton is null || string.IsNullOrEmpty(baseUrl))
        {
            return;
        }

        var place = Uri.TryCreate(baseUrl.EndsWith('/') ? baseUrl : $"{baseUrl}/", UriKind.Absolute, out var uri) ? uri : null;
        var isDowngrade = place?.Scheme != Uri.UriSchemeHttps && stream.BaseUri.Scheme == Uri.UriSchemeHttps;
        if (place is null || isDowngrade || place.Scheme is not ("http" or "https")
            || (tokens.HasToken && !settings.MaySendTokenTo(place)))
        {
            stream.Drop();
            throw LibSqlErrors.TransactionLost(
                "the server wants it to go on at a place that is not encrypted, or is no URL. Check the server's own URL.");
        }

        stream.BaseUri = place;
    }

    /// <summary>Remembers how far the server's log is, for reads from replicas.</summary>
    public void Remember(ulong? replicationIndex)
    {
        var seen = (long)(replicationIndex ?? 0);
        var known = Volatile.Read(ref _replicationIndex);
        while ((ulong)known < (ulong)seen)
        {
            var before = Interlocked.CompareExchange(ref _replicationIndex, seen, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }

    public void Dispose()
    {
        transport.Dispose();
        tokens.Dispose();
    }

    private RequestTerms TermsOf(ServerCall call, string path) =>
        new(call.Stream?.BaseUri ?? settings.BaseUri, path, call.Stream?.Baton, call.Effect);

    private WireBatch BatchOf(ServerCall call) => new(call.Steps)
    {
        Baton = call.Stream?.Baton,
        Closes = call.Closes,
        ReplicationIndex = call.Effect == LossEffect.Nothing ? LastReplicationIndex() : null,
    };

    private ulong? LastReplicationIndex() =>
        settings.ReadYourWrites && Volatile.Read(ref _replicationIndex) is var index and not 0 ? (ulong)index : null;

    private async Task<PipelineAnswer> SendAsync(ServerCall call, CancellationToken cancellationToken)
    {
        var terms = TermsOf(call, "v3/pipeline");
        using var deadline = new Deadline(call.Timeout, TimeProvider, cancellationToken);
        var buffer = new RequestBuffer();
        var before = RequestWriter.WritePipeline(buffer, BatchOf(call));
        PipelineAnswer answer;
        try
        {
            using var body = await transport.PostAsync(buffer.Written, terms, deadline).ConfigureAwait(false);
            answer = Parse(body, terms, before, call.Steps.Count);
        }
        catch (Exception exception)
        {
            call.Stream?.Drop();
            if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            }

            throw;
        }

        // Only now: a request that failed may still be read from.
        buffer.Dispose();
        Remember(answer.ReplicationIndex);
        if (call.Stream is { } stream)
        {
            Continue(stream, answer.Baton, answer.BaseUrl);
        }

        return answer;
    }

    private static PipelineAnswer Parse(ResponseBody body, RequestTerms terms, int batchIndex, int stepCount)
    {
        try
        {
            return ResponseReader.Read(body.Bytes, batchIndex, stepCount);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw HttpFailures.NotUnderstood(exception, terms);
        }
    }
}
