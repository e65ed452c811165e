using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>The one place where what users throw becomes data.</summary>
internal static class StructuredErrors
{
    private const int LongestMessage = 16 * 1024;
    private const int LongestStackTrace = 64 * 1024;
    private const int DeepestCause = 8;
    private const int MostCauses = 64;

    public static StructuredError From(Exception exception)
    {
        var left = MostCauses;
        return From(exception, depth: 0, ref left);
    }

    // The error of a step or a child that nobody handled is the run's error: what happened counts, not how it travelled.
    private static StructuredError From(Exception exception, int depth, ref int left)
    {
        if (ErrorOf(exception) is { } error)
        {
            return error;
        }

        var causes = CausesOf(exception, depth, ref left);
        return new StructuredError
        {
            Code = exception is WorldException known ? known.Code : ErrorCodes.UserError,
            Message = Read(() => exception.Message, LongestMessage) ?? $"{exception.GetType().Name} has no message.",
            Type = exception.GetType().FullName,
            StackTrace = Read(() => exception.StackTrace, LongestStackTrace),
            Properties = ErrorDetails.PropertiesOf(exception),
            Data = ErrorDetails.DataOf(exception),
            Cause = causes is [var first, ..] ? first : null,
            FurtherCauses = causes is { Count: > 1 } ? causes[1..] : null,
        };
    }

    private static List<StructuredError> CausesOf(Exception exception, int depth, ref int left)
    {
        Exception[] inner = exception is AggregateException aggregate ? [.. aggregate.InnerExceptions]
            : exception.InnerException is { } one ? [one]
            : [];
        var causes = new List<StructuredError>();
        for (var i = 0; i < inner.Length && depth < DeepestCause && left > 0; i++)
        {
            left--;
            causes.Add(From(inner[i], depth + 1, ref left));
        }

        return causes;
    }

    private static StructuredError? ErrorOf(Exception exception) => exception switch
    {
        StepFailedException step => step.Error,
        ChildFailedException child => child.Error,
        _ => null,
    };

    // Properties of exceptions are code of strangers, and may throw themselves.
    private static string? Read(Func<string?> property, int most)
    {
        try
        {
            return CutText.To(property(), most);
        }
        catch (Exception failure)
        {
            return $"It could not be read: {failure.GetType().Name}.";
        }
    }
}
