namespace TursoWorld;

/// <summary>
/// Thrown by the code of a step to be tried again after a delay of its own choosing, for example the one that a server
/// asked for. The attempts of the retry policy still bound it.
/// </summary>
public sealed class RetryStepException : Exception
{
    /// <summary>Asks for another attempt.</summary>
    /// <param name="message">Why this attempt failed.</param>
    /// <param name="retryAfter">How long to wait; zero means at once.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retryAfter"/> is negative.</exception>
    public RetryStepException(string message, TimeSpan retryAfter)
        : this(message, retryAfter, null)
    {
    }

    /// <summary>Asks for another attempt and names the cause.</summary>
    /// <param name="message">Why this attempt failed.</param>
    /// <param name="retryAfter">How long to wait; zero means at once.</param>
    /// <param name="innerException">What happened.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="retryAfter"/> is negative.</exception>
    public RetryStepException(string message, TimeSpan retryAfter, Exception? innerException)
        : base(message, innerException)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retryAfter, TimeSpan.Zero);
        RetryAfter = retryAfter;
    }

    /// <summary>How long to wait before the next attempt.</summary>
    public TimeSpan RetryAfter { get; }
}
