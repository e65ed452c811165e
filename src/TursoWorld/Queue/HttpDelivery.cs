using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace TursoWorld.Queue;

/// <summary>
/// POSTs messages of a runtime on top to a service. A message may be worked on for hours, so nothing here has a timeout. What
/// never reached the service does not count.
/// </summary>
internal sealed class HttpDelivery : IDisposable
{
    private const int MostRead = 64 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue })
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
        catch (Exception exception) when (exception is HttpRequestException or IOException
            && !cancellationToken.IsCancellationRequested)
        {
            return new DeliveryOutcome.Undelivered(exception, PauseWhileDown());
        }
    }

    public void Dispose() => _client.Dispose();

    private static DeliveryOutcome OutcomeOf(QueueMessage message, HttpStatusCode status, byte[] body)
    {
        var isSuccess = (int)status is >= 200 and < 300;
        if ((isSuccess || status == HttpStatusCode.ServiceUnavailable) && TimeoutIn(body) is { } delay)
        {
            return new DeliveryOutcome.Again(delay);
        }

        return isSuccess
            ? new DeliveryOutcome.Done()
            : new DeliveryOutcome.Failed(new HttpRequestException(
                $"The service answered {(int)status} to message '{message.MessageId}' of queue '{message.QueueName}'.",
                inner: null,
                status));
    }

    /// <summary>The wish to get the message again: an object with a number <c>timeoutSeconds</c> of 0 or more.</summary>
    private static TimeSpan? TimeoutIn(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("timeoutSeconds", out var timeout)
                && timeout.ValueKind == JsonValueKind.Number && timeout.TryGetDouble(out var seconds) && seconds >= 0
                    ? TimeSpan.FromSeconds(Math.Min(seconds, QueueOptions.MaxDelay.TotalSeconds))
                    : null;
        }
        catch (JsonException)
        {
            return null; // an answer in other words is an answer
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[MostRead];
        var length = await stream.ReadAtLeastAsync(buffer, MostRead, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        return buffer[..length];
    }

    private HttpRequestMessage RequestOf(QueueMessage message)
    {
        var path = $"{_baseUrl}/.well-known/workflow/v1/{QueueName.EndpointOf(message.QueueName)}";
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(BodyOf(message)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in message.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        Set("x-vqs-queue-name", message.QueueName);
        Set("x-vqs-message-id", message.MessageId);
        Set("x-vqs-message-attempt", message.Attempt.ToString(CultureInfo.InvariantCulture));
        return request;

        void Set(string name, string value)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>The message itself when it is JSON; other bytes in the form in which JSON messages carry bytes.</summary>
    private static byte[] BodyOf(QueueMessage message)
    {
        var payload = message.Payload;
        try
        {
            using var document = JsonDocument.Parse(payload);
            return payload.ToArray();
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetBytes(
                $$"""{"__type":"Uint8Array","data":"{{Convert.ToBase64String(payload.Span)}}"}""");
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
