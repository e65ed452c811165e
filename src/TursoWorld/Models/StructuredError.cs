using System.Text.Json;

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

    /// <summary>
    /// What the exception says in properties of its own, by their names: texts, numbers, truth values, lists of these, and of other values
    /// what their ToString says. At most 32, of at most 1,000 characters. Null when there are none.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement>? Properties { get; init; }

    /// <summary><see cref="Exception.Data"/> of the exception, kept as <see cref="Properties"/> are. Null when there is none.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Data { get; init; }

    /// <summary>The error that caused this one; of an <see cref="AggregateException"/> the first.</summary>
    public StructuredError? Cause { get; init; }

    /// <summary>The other causes of an <see cref="AggregateException"/>, in order; null when there are none. An error has at most 64 altogether.</summary>
    public IReadOnlyList<StructuredError>? FurtherCauses { get; init; }
}
