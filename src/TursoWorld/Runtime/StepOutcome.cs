namespace TursoWorld.Runtime;

/// <summary>How an attempt of a step ended.</summary>
internal abstract record StepOutcome
{
    private StepOutcome() { }

    /// <param name="Output">The serialized result.</param>
    /// <param name="HasReported">Whether this attempt or an earlier one may have reported progress.</param>
    public sealed record Completed(ReadOnlyMemory<byte>? Output, bool HasReported = false) : StepOutcome;

    /// <param name="Error">Why.</param>
    /// <param name="IsFatal">Whether no further attempt can help.</param>
    /// <param name="RetryAfter">The delay that the step asked for.</param>
    public sealed record Failed(StructuredError Error, bool IsFatal, TimeSpan? RetryAfter) : StepOutcome;

    /// <summary>
    /// The log says how the step ended: its result was written in the transaction of the step, or it had been given up before.
    /// </summary>
    public sealed record Recorded : StepOutcome;

    /// <summary>The transaction of the step may have been committed: the log knows.</summary>
    /// <param name="Error">Why it is not known.</param>
    public sealed record Unknown(StructuredError Error) : StepOutcome;

    /// <summary>Cut short by this process, which stops: the attempt does not count.</summary>
    public sealed record GivenBack : StepOutcome;

    /// <summary>The code of the step cannot begin in this process: the attempt does not count.</summary>
    /// <param name="Error">Why.</param>
    public sealed record NotReady(StructuredError Error) : StepOutcome;

    /// <summary>Nothing may be written about it any more.</summary>
    public sealed record Void : StepOutcome;
}

/// <summary>The end of an attempt, on its way into the log.</summary>
internal sealed record EndedStep(string StepId, int Attempt, StepOutcome Outcome);
