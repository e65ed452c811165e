namespace TursoWorld;

/// <summary>Everything that the library raises on its own behalf.</summary>
public abstract class WorldException : Exception
{
    private protected WorldException(string code, int httpStatus, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        HttpStatus = httpStatus;
    }

    /// <summary>What happened, as one of <see cref="ErrorCodes"/>; stable over versions.</summary>
    public string Code { get; }

    /// <summary>The HTTP status that fits, for programs that answer a web request with it.</summary>
    public int HttpStatus { get; }

    /// <summary>How long to wait before the same call may succeed; null when that is not known, or waiting does not help.</summary>
    public TimeSpan? RetryAfter { get; private protected init; }

    /// <summary>Whether the same call may succeed later without any change.</summary>
    public bool IsTransient { get; private protected init; }
}
