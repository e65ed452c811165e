using System.Globalization;

namespace TursoWorld;

/// <summary>Thrown into workflow code when what it did under a timeout has not ended in time, and was cancelled.</summary>
public sealed class WorkflowTimeoutException : WorldException
{
    internal WorkflowTimeoutException(TimeSpan timeout, Exception? innerException)
        : base(
            ErrorCodes.WorkflowTimeout,
            504,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Part of the workflow did not end within {timeout}, and was cancelled. Catch this exception to go on without its result, or allow more time."),
            innerException) =>
        Timeout = timeout;

    /// <summary>The time that was allowed.</summary>
    public TimeSpan Timeout { get; }
}
