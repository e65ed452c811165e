namespace TursoWorld;

/// <summary>Where a wait stands.</summary>
public enum WaitStatus
{
    /// <summary>The time has not come, or nobody has taken note of it yet.</summary>
    Waiting,

    /// <summary>Over, and recorded.</summary>
    Completed,

    /// <summary>Given up by the code of its workflow.</summary>
    Cancelled,
}
