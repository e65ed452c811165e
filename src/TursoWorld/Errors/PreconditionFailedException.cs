namespace TursoWorld;

/// <summary>
/// What an event rests on has changed: see <see cref="CreateEventOptions.StateUpdatedAt"/>. Nothing was recorded. Read the log
/// again, and decide again, which can be done at once; waiting does not help.
/// </summary>
public sealed class PreconditionFailedException : WorldException
{
    internal PreconditionFailedException(string runId)
        : base(ErrorCodes.PreconditionFailed, 412,
            $"Run '{runId}' has received a payload or the result of a step since the state that the event rests on. Read its log "
            + "again, and decide again.") => RunId = runId;

    /// <summary>The run.</summary>
    public string RunId { get; }
}
