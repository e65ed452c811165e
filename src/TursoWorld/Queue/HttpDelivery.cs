using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace TursoWorld.Queue;

/// <summary>
/// POSTs messages of a runtime on top to a service. A message may be worked on for hours, so nothing here has a timeout. What
/// never reached the service, or has no answer of it, does not count. What cannot be put into a request does: it throws.
/// </summary>
internal sealed class HttpDelivery : IDisposable
{
    private const int MostRead = 64 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private static readonly JsonDocumentOptions AnyAnswer = new() { MaxDepth = MostRead }; // no answer is deeper than it is long
    private static readonly JsonReaderOptions AnyPayload = new() { MaxDepth = int.MaxValue };

    // What a delivery says itself, and what belongs to the connection or the reading of the answer. A message that says otherwise
    // would break its request.
    private static readonly FrozenSet<string> Ours = new[]
    {
        "Content-Type", "Content-Length", "Host", "x-vqs-queue-name", "x-vqs-message-id", "x-vqs-message-attempt",
        "Accept-Encoding", "Connection", "Expect", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = int.MaxValue,
        AllowAutoRedirect = false, // it would make a GET of most, and the message would be lost with the answer to that
        UseCookies = false, // one message must not speak for another
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8, // without, only ASCII can be sent
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly string _baseUrl;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;

    // Guards the field below.
    private readonly Lock _lock = new();
    private long? _downSince;

    public HttpDelivery(Uri baseUrl, TimeProvider timeProvider, Random random)
    {
        _baseUrl = baseUrl.AbsoluteUri.TrimEnd('/');
        (_timeProvider, _random) = (timeProvider, random);
    }

    public async Task<DeliveryOutcome> DeliverAsync(QueueMessage message, CancellationToken cancellationToken)
    {
        using var request = RequestOf(message);
        try
        {
            using var response = await _client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            var body = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
            IsReachable();
            return OutcomeOf(message, response.StatusCode, body);
        }
        catch (Exception exception) when (IsAnswer(exception))
        {
            IsReachable();
            return new DeliveryOutcome.Failed(exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            && !cancellationToken.IsCancellationRequested)
        {
            return new DeliveryOutcome.Undelivered(exception, PauseWhileDown());
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Somebody has got the message and has answered, but not in HTTP. An answer that is cut is none.</summary>
    private static bool IsAnswer(Exception exception) =>
        ((exception as HttpRequestException)?.HttpRequestError ?? (exception as HttpIOException)?.HttpRequestError)
            is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded;

    private static DeliveryOutcome OutcomeOf(QueueMessage message, HttpStatusCode status, byte[] body)
    {
        var isSuccess = (int)status is >= 200 and < 300;
        var isUnderstood = TryReadDelay(body, out var delay);
        if (delay is { } wanted && (isSuccess || status == HttpStatusCode.ServiceUnavailable))
        {
            return new DeliveryOutcome.Again(wanted);
        }

        return isSuccess && isUnderstood
            ? new DeliveryOutcome.Done()
            : new DeliveryOutcome.Failed(new HttpRequestException(
                $"The service answered {(int)status} to message '{message.MessageId}' of queue '{message.QueueName}'"
                + (isSuccess ? " with a body of more than 64 KiB, or one whose timeoutSeconds is cut or no number of 0 or more." : "."),
                inner: null,
                status));
    }

    /// <summary>The wish to get the message again: an object with a number <c>timeoutSeconds</c> of 0 or more.</summary>
    /// <returns>Whether it is clear what the answer says. One that is not clear may be such a wish: the message must stay.</returns>
    private static bool TryReadDelay(byte[] body, out TimeSpan? delay)
    {
        delay = null;
        if (body.Length > MostRead)
        {
            return false;
        }

        var text = body.AsMemory(body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
        try
        {
            using var document = JsonDocument.Parse(text, AnyAnswer);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("timeoutSeconds", out var timeout)
                || timeout.ValueKind == JsonValueKind.Null)
            {
                return true;
            }

            if (timeout.ValueKind != JsonValueKind.Number || !timeout.TryGetDouble(out var seconds) || seconds < 0)
            {
                return false;
            }

            delay = TimeSpan.FromSeconds(Math.Min(seconds, QueueOptions.MaxDelay.TotalSeconds));
            return true;
        }
        catch (JsonException)
        {
            // An answer in other words is an answer. The beginning of an object is one that has been cut.
            return !text.Span.TrimStart(" \t\r\n"u8).StartsWith("{"u8);
        }
    }

    /// <returns>No more than shows whether it is too long.</returns>
    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[MostRead + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        return buffer[..length];
    }

    private HttpRequestMessage RequestOf(QueueMessage message)
    {
        var path = $"{_baseUrl}/.well-known/workflow/v1/{QueueName.EndpointOf(message.QueueName)}";
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(BodyOf(message.Payload)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("x-vqs-queue-name", message.QueueName);
        request.Headers.TryAddWithoutValidation("x-vqs-message-id", message.MessageId);
        request.Headers.TryAddWithoutValidation("x-vqs-message-attempt", message.Attempt.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in message.Headers.Where(header => !Ours.Contains(header.Key)))
        {
            // The client keeps headers about the content, like Content-Language, apart.
            if (!request.Headers.TryAddWithoutValidation(name, value) && !request.Content.Headers.TryAddWithoutValidation(name, value))
            {
                throw new HttpRequestException(
                    $"Header '{name}' of message '{message.MessageId}' of queue '{message.QueueName}' cannot be sent over HTTP. "
                    + "Send the message again without it.");
            }
        }

        return request;
    }

    /// <summary>The message itself when it is JSON; other bytes in the form in which JSON messages carry bytes.</summary>
    private static byte[] BodyOf(ReadOnlyMemory<byte> payload) => IsJson(payload.Span)
        ? payload.ToArray()
        : Encoding.UTF8.GetBytes($$"""{"__type":"Uint8Array","data":"{{Convert.ToBase64String(payload.Span)}}"}""");

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        if (!Utf8.IsValid(payload))
        {
            return false; // within strings the reader does not look, and the service would read other bytes
        }

        var reader = new Utf8JsonReader(payload, AnyPayload);
        try
        {
            while (reader.Read())
            {
                // To the end, or to what is no JSON.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void IsReachable()
    {
        lock (_lock)
        {
            _downSince = null;
        }
    }

    /// <summary>The longer the service has been down, the longer: as long again, between 1 s and 60 s, ± 20 %.</summary>
    private TimeSpan PauseWhileDown()
    {
        lock (_lock)
        {
            _downSince ??= _timeProvider.GetTimestamp();
            var elapsed = _timeProvider.GetElapsedTime(_downSince.Value);
            var pause = elapsed < ShortestPause ? ShortestPause : elapsed > LongestPause ? LongestPause : elapsed;
            return pause * (0.8 + (0.4 * _random.NextDouble()));
        }
    }
}
