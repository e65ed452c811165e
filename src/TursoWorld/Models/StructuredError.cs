namespace TursoWorld;

/// <summary>An error as data: what a run or a step failed with, readable without the code that threw it.</summary>
public sealed record StructuredError
{
    /// <summary>Why it failed, as a stable code, for example <c>USER_ERROR</c> or <c>STEP_INTERRUPTED</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The message of the exception.</summary>
    public required string Message { get; init; }

    /// <summary>Full name of the exception's type; null when no exception was involved.</summary>
    public string? Type { get; init; }

    /// <summary>Stack trace of the exception, if there was one.</summary>
    public string? StackTrace { get; init; }

    /// <summary>The error that caused this one.</summary>
    public StructuredError? Cause { get; init; }
}
