namespace TursoWorld.Runtime;

/// <summary>The one place where what users throw becomes data.</summary>
internal static class StructuredErrors
{
    private const int DeepestCause = 8;

    public static StructuredError From(Exception exception) => From(exception, depth: 0);

    // The error of a step or a child that nobody handled is the run's error: what happened counts, not how it travelled.
    private static StructuredError From(Exception exception, int depth) =>
        ErrorOf(exception)
            ?? new StructuredError
            {
                Code = exception is WorldException known ? known.Code : ErrorCodes.UserError,
                Message = Read(() => exception.Message) ?? $"{exception.GetType().Name} has no message.",
                Type = exception.GetType().FullName,
                StackTrace = Read(() => exception.StackTrace),
                Cause = exception.InnerException is { } inner && depth < DeepestCause ? From(inner, depth + 1) : null,
            };

    private static StructuredError? ErrorOf(Exception exception) => exception switch
    {
        StepFailedException step => step.Error,
        ChildFailedException child => child.Error,
        _ => null,
    };

    // Properties of exceptions are code of strangers, and may throw themselves.
    private static string? Read(Func<string?> property)
    {
        try
        {
            return property();
        }
        catch (Exception failure)
        {
            return $"It could not be read: {failure.GetType().Name}.";
        }
    }
}
