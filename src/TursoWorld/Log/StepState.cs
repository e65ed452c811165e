namespace TursoWorld.Log;

/// <summary>A step as the log has it. Positions lead to the events that have its name, its input, its result and its error.</summary>
internal sealed record StepState(string Id, long Created, long CreatedAt) : ILogged
{
    /// <summary>Whether it is a message of its own.</summary>
    public bool IsQueued { get; init; }

    public required StepStatus Status { get; init; }

    /// <summary>Attempts recorded so far.</summary>
    public int Attempt { get; init; }

    /// <summary>Those among them whose process went away.</summary>
    public int Interruptions { get; init; }

    /// <summary>When the first attempt began, in Unix milliseconds.</summary>
    public long? StartedAt { get; init; }

    /// <summary>When the next attempt is due, in Unix milliseconds; null when it may begin at once.</summary>
    public long? RetryAfter { get; init; }

    /// <summary>The latest event that ended an attempt; null when there is none.</summary>
    public long? Latest { get; init; }

    /// <summary>When that was, in Unix milliseconds.</summary>
    public long? LatestAt { get; init; }

    /// <summary>Whether that event has an error.</summary>
    public bool HasError { get; init; }

    public bool IsOpen => Status is StepStatus.Pending or StepStatus.Running;

    /// <param name="created">Its <c>step_created</c>.</param>
    /// <param name="isForeign">Whether a foreign runtime drives the run: its steps do not begin with their creation.</param>
    public static StepState Create(StoredEvent created, bool isForeign)
    {
        var isQueued = created.Data.StepMode == StepMode.Queued;
        var isPending = isForeign || isQueued || created.Data.AwaitsSlot == true;
        return new StepState(created.Id, created.Position, created.CreatedAt)
        {
            IsQueued = isQueued,
            Status = isPending ? StepStatus.Pending : StepStatus.Running,
            Attempt = isPending ? 0 : 1,
            StartedAt = isPending ? null : created.CreatedAt,
        };
    }

    /// <summary>The step, which is open, after the next event about it.</summary>
    public StepState After(StoredEvent next) => next.Type switch
    {
        "step_started" => this with
        {
            Status = StepStatus.Running,
            Attempt = next.Data.Attempt ?? 1,
            StartedAt = StartedAt ?? next.CreatedAt,
            RetryAfter = null,
        },
        "step_retrying" => Ended(StepStatus.Pending, next) with
        {
            Attempt = next.Data.Attempt ?? Attempt,
            Interruptions = next.Data.Interruptions ?? 0,
            RetryAfter = next.Data.RetryAfter,
            HasError = next.Payload is not null,
        },
        "step_cancelled" => this with { Status = StepStatus.Cancelled, RetryAfter = null },
        "step_failed" => Ended(StepStatus.Failed, next) with { HasError = true },
        _ => Ended(StepStatus.Completed, next),
    };

    private StepState Ended(StepStatus status, StoredEvent next) => this with
    {
        Status = status,
        RetryAfter = null,
        Latest = next.Position,
        LatestAt = next.CreatedAt,
        HasError = false,
    };
}
