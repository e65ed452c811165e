using System.Text;

namespace TursoWorld;

/// <summary>
/// Thrown by the code of a workflow to end its run as cancelled. Thrown by a step, it is an ordinary failure of that step.
/// </summary>
public sealed class CancelRunException : Exception
{
    internal const int MaxReasonLength = 512;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Ends the run.</summary>
    /// <param name="reason">Why, at most 512 characters; kept in the log.</param>
    /// <exception cref="ArgumentException">The reason is too long, or has half of a character.</exception>
    public CancelRunException(string? reason = null)
        : base(reason is null ? "The workflow cancels its run." : $"The workflow cancels its run: {reason}")
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reason?.Length ?? 0, MaxReasonLength, nameof(reason));
        _ = Strict.GetByteCount(reason ?? ""); // half a character cannot be stored
        Reason = reason;
    }

    /// <summary>Why.</summary>
    public string? Reason { get; }
}
