using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>
/// Sends requests: not too many at once, with the token, and again when it is certain that nothing has happened: the server was
/// not reached, was overloaded, or wants another token.
/// </summary>
internal sealed class HttpTransport(
    LibSqlSettings settings, TokenSource tokens, HttpMessageHandler handler, bool ownsHandler, TimeProvider timeProvider)
    : IDisposable
{
    private const int MaxAttempts = 5;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(50);

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpMessageInvoker _invoker = new(handler, ownsHandler);

    private readonly SemaphoreSlim _gate = new(settings.MaxConcurrency);

    public TimeProvider TimeProvider => timeProvider;

    /// <summary>Sends a request and reads the whole answer.</summary>
    public Task<ResponseBody> PostAsync(ReadOnlyMemory<byte> body, RequestTerms terms, Deadline deadline) =>
        RepeatAsync(body, terms, deadline, static async (response, token) =>
        {
            using (response)
            {
                return await ResponseBody.ReadWholeAsync(response.Content, token).ConfigureAwait(false);
            }
        });

    /// <summary>Sends a request and leaves the answer to be read.</summary>
    public Task<HttpResponseMessage> OpenAsync(ReadOnlyMemory<byte> body, RequestTerms terms, Deadline deadline) =>
        RepeatAsync(body, terms, deadline, static (response, _) => Task.FromResult(response));

    /// <summary>Asks for something that needs no body.</summary>
    public Task<ResponseBody> GetAsync(string path, Deadline deadline) =>
        RepeatAsync(
            body: null,
            new RequestTerms(settings.BaseUri, path, Baton: null, LossEffect.Nothing),
            deadline,
            static async (response, token) =>
            {
                using (response)
                {
                    return await ResponseBody.ReadAsync(response.Content, ErrorBody.MaxLength, token).ConfigureAwait(false);
                }
            });

    public void Dispose()
    {
        _invoker.Dispose();
        _gate.Dispose();
    }

    private async Task<T> RepeatAsync<T>(
        ReadOnlyMemory<byte>? body, RequestTerms terms, Deadline deadline,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read)
    {
        var isTokenNew = false;
        for (var attempt = 1; ; attempt++)
        {
            var token = await TokenAsync(terms, deadline).ConfigureAwait(false);
            LibSqlException failure;
            try
            {
                return await OnceAsync(body, terms, token, deadline, read).ConfigureAwait(false);
            }
            catch (LibSqlException exception) when (!terms.HasStream && attempt < MaxAttempts)
            {
                failure = exception;
            }
            catch (LibSqlException exception) when (exception.HttpStatus == HttpStatusCode.Unauthorized)
            {
                tokens.Refuse(token);
                throw;
            }

            if (failure.HttpStatus == HttpStatusCode.Unauthorized)
            {
                if (!tokens.Refuse(token) || isTokenNew)
                {
                    throw failure;
                }

                isTokenNew = true;
                continue;
            }

            var delay = DelayAfter(failure, attempt);
            if (!IsWorthRepeating(failure) || !deadline.Allows(delay))
            {
                throw failure;
            }

            await Task.Delay(delay, timeProvider, deadline.Token).ConfigureAwait(false);
        }
    }

    private async Task<string?> TokenAsync(RequestTerms terms, Deadline deadline)
    {
        try
        {
            return await tokens.GetAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.IsOver)
        {
            throw LibSqlErrors.NotSent("There was no token before the command timeout was over.", terms.HasStream, exception);
        }
    }

    // A name that does not resolve and a certificate that is not trusted do not get better by waiting.
    private static bool IsWorthRepeating(LibSqlException failure) =>
        failure.HttpStatus == HttpStatusCode.TooManyRequests
        || failure.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };

    // Half of it at random, so that those who were refused together do not come back together.
    private static TimeSpan DelayAfter(LibSqlException failure, int attempt)
    {
        var delay = FirstDelay * (1 << (attempt - 1)) * RandomNumberGenerator.GetInt32(500, 1_000) / 1_000;
        return failure.RetryAfter is { } asked && asked > delay ? asked : delay;
    }

    private async Task<T> OnceAsync<T>(
        ReadOnlyMemory<byte>? body, RequestTerms terms, string? token, Deadline deadline,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read)
    {
        await EnterAsync(terms, deadline).ConfigureAwait(false);
        try
        {
            using var request = ToRequest(body, terms, token);
            var response = await _invoker.SendAsync(request, deadline.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                using (response)
                {
                    throw await FailureOfAsync(response, terms, token, deadline.Token).ConfigureAwait(false);
                }
            }

            return await read(response, deadline.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw HttpFailures.IsNotSent(exception)
                ? HttpFailures.NotSent(exception, terms)
                : HttpFailures.AnswerLost(exception, terms);
        }
        catch (IOException exception)
        {
            throw HttpFailures.AnswerLost(exception, terms);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw HttpFailures.TimedOut(deadline.Timeout, terms);
        }
        catch (OperationCanceledException exception) when (!deadline.Token.IsCancellationRequested)
        {
            // The one time limit that is not ours: that of connecting.
            throw HttpFailures.NotConnected(exception, terms);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task EnterAsync(RequestTerms terms, Deadline deadline)
    {
        try
        {
            await _gate.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw HttpFailures.NoSlot(deadline.Timeout, terms.HasStream);
        }
    }

    private HttpRequestMessage ToRequest(ReadOnlyMemory<byte>? body, RequestTerms terms, string? token)
    {
        var request = new HttpRequestMessage(
            body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(terms.BaseUri, terms.Path));
        request.Headers.Host = settings.Host;
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = Json;
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (settings.EncryptionKey is { } key)
        {
            request.Headers.TryAddWithoutValidation("x-turso-encryption-key", key);
        }

        return request;
    }

    private async Task<LibSqlException> FailureOfAsync(
        HttpResponseMessage response, RequestTerms terms, string? token, CancellationToken cancellationToken)
    {
        using var body = await ResponseBody.ReadAsync(response.Content, ErrorBody.MaxLength, cancellationToken)
            .ConfigureAwait(false);
        var error = ErrorBody.Read(body.Bytes);
        return HttpFailures.Of(
            response, error with { Message = Without(Without(error.Message, token), terms.Baton) }, terms,
            timeProvider.GetUtcNow());
    }

    // Nobody expects the server to repeat a secret, and nobody promises that it does not.
    private static string Without(string message, string? secret) =>
        secret is { Length: > 0 } ? message.Replace(secret, "***", StringComparison.Ordinal) : message;
}
