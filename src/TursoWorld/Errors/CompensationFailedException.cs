namespace TursoWorld;

/// <summary>
/// Thrown into workflow code when a saga failed and some of it could not be undone: somebody has to look after it. The inner
/// exception is why the saga failed.
/// </summary>
public sealed class CompensationFailedException : WorldException
{
    internal CompensationFailedException(Exception reason, IReadOnlyList<StructuredError> failures)
        : base(
            ErrorCodes.CompensationFailed,
            500,
            $"A saga failed ({reason.Message}), and {failures.Count} of its undo steps failed as well: "
                + $"{string.Join("; ", failures.Select(failure => failure.Message))}. Undo these by hand.",
            reason) => Failures = failures;

    /// <summary>The errors of the undo steps that failed for good, in the order in which they were tried; the others took effect.</summary>
    public IReadOnlyList<StructuredError> Failures { get; }
}
