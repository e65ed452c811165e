using System.Diagnostics.CodeAnalysis;

namespace TursoWorld;

/// <summary>How a step without a result ended that was executed with <c>TryStepAsync</c>.</summary>
public sealed record StepResult
{
    /// <summary>Whether the step completed.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>Error of the last attempt; null when the step completed.</summary>
    public StructuredError? Error { get; init; }
}

/// <summary>How a step ended that was executed with <c>TryStepAsync</c>.</summary>
/// <typeparam name="T">Type of the result.</typeparam>
public sealed record StepResult<T>
{
    /// <summary>Whether the step completed.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>What the step returned; the default of its type when it failed.</summary>
    public T? Value { get; init; }

    /// <summary>Error of the last attempt; null when the step completed.</summary>
    public StructuredError? Error { get; init; }
}
