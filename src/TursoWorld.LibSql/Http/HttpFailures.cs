using System.Net;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>Makes exceptions of answers that are none of the protocol, and of answers that did not come.</summary>
internal static class HttpFailures
{
    public static LibSqlException Of(HttpResponseMessage response, ServerError error, RequestTerms terms, DateTimeOffset now)
    {
        var status = response.StatusCode;
        var said = LibSqlErrors.Sentence(error.Message, error.Code);
        var place = $"'{terms.BaseUri.Authority}'";
        var retryAfter = RetryAfterOf(response, now);

        // From a 500 on, the request may have been executed; so it may when somebody answers with another kind of success.
        if ((int)status is >= 500 or < 300)
        {
            return LibSqlErrors.AnswerLost($"The server {place} answered {(int)status}: {said}", terms.Effect, cause: null, new Failure
            {
                HttpStatus = status,
                ServerCode = error.Code,
                ServerMessage = error.Message,
                RetryAfter = retryAfter,
            });
        }

        if (terms.HasStream && status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            // What a baton looks like is the server's business, and some repeat it.
            error = error with { Message = error.Message.Split(':')[0] };
            return LibSqlErrors.NotDone(
                $"The server {place} has ended the stream: {LibSqlErrors.Sentence(error.Message, error.Code)}",
                status, error, hadStream: true);
        }

        return LibSqlErrors.NotDone(
            $"{Summary(status, place)} {said}{Remedy(status, error)}", status, error, terms.HasStream, cause: null, retryAfter);
    }

    /// <summary>Whether an exception says that no byte of the request has left.</summary>
    public static bool IsNotSent(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;

    public static LibSqlException NotSent(HttpRequestException exception, RequestTerms terms) => LibSqlErrors.NotSent(
        $"The server '{terms.BaseUri.Authority}' could not be reached ({exception.HttpRequestError}). Check that it runs, its name "
        + "and its port.", terms.HasStream, exception);

    public static LibSqlException NotConnected(Exception exception, RequestTerms terms) => LibSqlErrors.NotSent(
        $"The server '{terms.BaseUri.Authority}' did not accept a connection. Check that it runs, its name and its port.",
        terms.HasStream, exception);

    public static LibSqlException AnswerLost(Exception exception, RequestTerms terms) => LibSqlErrors.AnswerLost(
        $"The connection to the server '{terms.BaseUri.Authority}' broke before the answer was there.", terms.Effect, exception);

    public static LibSqlException NotUnderstood(Exception exception, RequestTerms terms) => LibSqlErrors.AnswerLost(
        $"What the server '{terms.BaseUri.Authority}' answered is not libSQL's protocol. Check the data source, and what is between.",
        terms.Effect, exception);

    public static LibSqlException TimedOut(TimeSpan timeout, RequestTerms terms) => LibSqlErrors.AnswerLost(
        $"The server '{terms.BaseUri.Authority}' did not answer within {timeout.TotalSeconds:0.###} s, the command timeout.",
        terms.Effect, cause: null);

    public static LibSqlException NoSlot(TimeSpan timeout, bool hadStream) => LibSqlErrors.NotSent(
        $"Other requests took all the connections for {timeout.TotalSeconds:0.###} s, the command timeout. Raise 'Max Concurrency', "
        + "or do less at once.", hadStream, cause: null);

    private static string Summary(HttpStatusCode status, string place) => status switch
    {
        HttpStatusCode.Unauthorized => $"The server {place} does not accept the token.",
        HttpStatusCode.Forbidden => $"The server {place} forbids it.",
        HttpStatusCode.TooManyRequests => $"The server {place} is overloaded and has refused the request.",
        _ => $"The server {place} answered {(int)status}.",
    };

    private static string Remedy(HttpStatusCode status, ServerError error) => status switch
    {
        HttpStatusCode.Unauthorized => " Check 'Auth Token': it may be missing, expired, or for another server.",
        HttpStatusCode.Forbidden => " The token only allows reading; use one that allows writing.",
        HttpStatusCode.NotFound when error.Message.StartsWith("Namespace", StringComparison.Ordinal) =>
            " The first label of the host name selects the database; set 'Host' in the connection string to name another.",
        HttpStatusCode.NotFound => " Check the path of the data source; the server must speak version 3 of the Hrana protocol.",
        HttpStatusCode.TooManyRequests => " Nothing was executed; try later, or lower 'Max Concurrency'.",
        _ => "",
    };

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, DateTimeOffset now) =>
        response.Headers.RetryAfter is { } after
            ? after.Delta ?? (after.Date is { } date && date > now ? date - now : TimeSpan.Zero)
            : null;
}
