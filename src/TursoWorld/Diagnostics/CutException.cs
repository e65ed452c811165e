namespace TursoWorld.Diagnostics;

/// <summary>Stands in the log for an exception whose text is too long for one.</summary>
internal sealed class CutException : Exception
{
    private const int Longest = 16 * 1024;

    private readonly Exception _exception;

    private CutException(Exception exception, string text)
        : base(CutText.To(text, Longest)) => _exception = exception;

    public override string? StackTrace => _exception.StackTrace;

    /// <summary>The exception itself, unless a message in it is too long.</summary>
    public static Exception? Of(Exception? exception)
    {
        for (var each = exception; each is not null; each = each.InnerException)
        {
            if (each.Message.Length > Longest)
            {
                return new CutException(exception!, exception!.ToString()); // the loop has begun with it
            }
        }

        return exception;
    }
}
