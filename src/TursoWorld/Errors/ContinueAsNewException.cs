namespace TursoWorld;

/// <summary>
/// Thrown by the code of a workflow to end its run and go on as a fresh one, with an empty log. Whoever waits for the result
/// waits for that of the last. Steps, sleeps, hooks and children that are open end as at any end of a run; what the next run needs to
/// know is its input. Thrown by a step, it is an ordinary failure of that step.
/// </summary>
public sealed class ContinueAsNewException : Exception
{
    /// <summary>Ends the run and goes on as a fresh one.</summary>
    /// <param name="input">What the next run gets: what the workflow takes.</param>
    public ContinueAsNewException(object? input)
        : base("The workflow goes on as a new run.") => Input = input;

    /// <summary>What the next run gets.</summary>
    public object? Input { get; }

    /// <summary>
    /// The version of the workflow that the next run executes, at least 1; it may take another type of input. Default null: the version
    /// of this run.
    /// </summary>
    public int? Version { get; init; }
}
