using System.Globalization;

namespace TursoWorld;

/// <summary>
/// The next attempt of a step is not due yet. <see cref="WorldException.RetryAfter"/> is the time until then: whole seconds, at
/// least one.
/// </summary>
public sealed class TooEarlyException : WorldException
{
    internal TooEarlyException(string stepId, TimeSpan retryAfter)
        : base(ErrorCodes.TooEarly, 425, string.Create(
            CultureInfo.InvariantCulture,
            $"The next attempt of step '{stepId}' is due in {retryAfter.TotalSeconds:0} s. Try again then."))
    {
        RetryAfter = retryAfter;
        IsTransient = true;
    }
}
