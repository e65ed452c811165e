namespace TursoWorld;

/// <summary>
/// What an event rests on has changed: see <see cref="CreateEventOptions.StateUpdatedAt"/>. Nothing was recorded. Read the log
/// again, and decide again; that can be done at once, so <see cref="WorldException.RetryAfter"/> is zero.
/// </summary>
public sealed class PreconditionFailedException : WorldException
{
    internal PreconditionFailedException(string runId)
        : base(ErrorCodes.PreconditionFailed, 412,
            $"Run '{runId}' has received a payload or the result of a step since the state that the event rests on. Read its log "
            + "again, and decide again.")
    {
        RunId = runId;
        RetryAfter = TimeSpan.Zero;
    }

    /// <summary>The run.</summary>
    public string RunId { get; }
}
