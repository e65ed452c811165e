namespace TursoWorld.Log;

/// <summary>Something that an event of the log has created.</summary>
internal interface ILogged
{
    /// <summary>Identifies it within its run.</summary>
    string Id { get; }

    /// <summary>The position of the event that created it.</summary>
    long Created { get; }
}

/// <summary>A sleep as the log has it.</summary>
internal sealed record WaitState(string Id, long Created, long CreatedAt, long ResumeAt) : ILogged
{
    public WaitStatus Status { get; init; } = WaitStatus.Waiting;

    /// <summary>When its end was recorded, in Unix milliseconds.</summary>
    public long? CompletedAt { get; init; }

    public static WaitState Create(StoredEvent created) =>
        new(created.Id, created.Position, created.CreatedAt, created.Data.ResumeAt ?? created.CreatedAt);

    /// <summary>The sleep, which has not ended, after the next event about it.</summary>
    public WaitState After(StoredEvent next) => next.Type == "wait_completed"
        ? this with { Status = WaitStatus.Completed, CompletedAt = next.CreatedAt }
        : this with { Status = WaitStatus.Cancelled };
}

/// <summary>A hook as the log has it.</summary>
internal sealed record HookState(string Id, long Created, string? Token) : ILogged
{
    /// <summary>Whether it can still receive a payload.</summary>
    public bool IsLiving { get; init; } = true;
}

/// <summary>A child as the log of its parent has it.</summary>
internal sealed record ChildState(string Id, long Created) : ILogged
{
    public ChildStatus Status { get; init; } = ChildStatus.Running;

    /// <summary>The position of the event that said how it ended.</summary>
    public long? Latest { get; init; }
}

/// <summary>What has become of a child.</summary>
internal enum ChildStatus
{
    /// <summary>The parent has not been told of an end.</summary>
    Running,

    /// <summary>The parent has been told.</summary>
    Ended,

    /// <summary>The code of the parent gave it up before.</summary>
    Cancelled,
}

/// <summary>A key of the state of a run.</summary>
internal sealed record ValueState(string Id, long Created, long Latest, long LatestAt) : ILogged;
