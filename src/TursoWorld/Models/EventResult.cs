namespace TursoWorld;

/// <summary>An event that was recorded, and what it made of the thing it is about, as of that commit.</summary>
public sealed record EventResult
{
    /// <summary>The event as it stands in the log; null when nothing had to be recorded.</summary>
    public WorkflowEvent? Event { get; init; }

    /// <summary>The run, for events about it.</summary>
    public WorkflowRun? Run { get; init; }

    /// <summary>The step, for events about one.</summary>
    public WorkflowStep? Step { get; init; }

    /// <summary>The hook that was registered, or that received a payload and still waits.</summary>
    public WorkflowHook? Hook { get; init; }

    /// <summary>The wait, for events about one.</summary>
    public WorkflowWait? Wait { get; init; }

    /// <summary>Whether starting a step has stored it as well.</summary>
    public bool StepCreated { get; init; }

    /// <summary>
    /// The log, from its beginning when a run was started, or behind <see cref="CreateEventOptions.SinceCursor"/>; null when
    /// neither was asked for. The page may have events that came after this one.
    /// </summary>
    public Page<WorkflowEvent>? Log { get; init; }
}
