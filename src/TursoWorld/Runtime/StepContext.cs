namespace TursoWorld;

/// <summary>What the code of a step knows about itself.</summary>
public sealed class StepContext
{
    internal StepContext(string runId, string stepId, string stepName, int attempt, CancellationToken cancellationToken)
    {
        RunId = runId;
        StepId = stepId;
        StepName = stepName;
        Attempt = attempt;
        CancellationToken = cancellationToken;
    }

    /// <summary>The run that asked for the step.</summary>
    public string RunId { get; }

    /// <summary>Identifies the step within its run.</summary>
    public string StepId { get; }

    /// <summary>Name given in the workflow's code.</summary>
    public string StepName { get; }

    /// <summary>The number of this attempt, counted from 1.</summary>
    public int Attempt { get; }

    /// <summary>
    /// The same for every attempt of this step and unlike that of any other step, also after a crash and in another
    /// process. Pass it to whatever the step calls, so that an effect of an attempt that was cut short is recognised.
    /// </summary>
    public string IdempotencyKey => $"{RunId}:{StepId}";

    /// <summary>
    /// Fires when the result of this attempt can no longer count: the code of the workflow has cancelled the step, the world
    /// stops, another worker has taken the run over, or the run is over.
    /// </summary>
    public CancellationToken CancellationToken { get; }
}
