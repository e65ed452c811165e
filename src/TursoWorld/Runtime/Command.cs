using System.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>What the code of a workflow asks for. A command becomes an event once it is written.</summary>
internal abstract record Command
{
    private Command() { }

    public sealed record RunStep(StepRequest Step) : Command;

    public sealed record Wait(WaitRequest Request) : Command;

    public sealed record RegisterHook(HookRequest Hook) : Command;

    /// <summary>The code does not wait for it any more. It may have ended by the time that this is recorded, which then changes nothing.</summary>
    public sealed record Cancel(Request Request) : Command;

    public sealed record CompleteRun(ReadOnlyMemory<byte>? Output) : Command;

    public sealed record FailRun(StructuredError Error) : Command;

    public sealed record CancelRun(string? Reason) : Command;

    public WorkflowEvent ToEvent(long position, DateTimeOffset createdAt) => this switch
    {
        RunStep c => new WorkflowEvent.StepCreated(c.Step.StepId, c.Step.StepName)
        {
            Position = position,
            CreatedAt = createdAt,
            Input = c.Step.Input,
            Mode = c.Step.IsQueued ? StepMode.Queued : StepMode.Inline,
            Options = c.Step.StoredOptions,
        },
        Wait c => new WorkflowEvent.WaitCreated(c.Request.WaitId, c.Request.ResumeAt)
        { Position = position, CreatedAt = createdAt },
        RegisterHook c => new WorkflowEvent.HookCreated(c.Hook.HookId, c.Hook.Token)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: StepRequest step } => new WorkflowEvent.StepCancelled(step.StepId)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: WaitRequest wait } => new WorkflowEvent.WaitCancelled(wait.WaitId)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: HookRequest hook } => new WorkflowEvent.HookDisposed(hook.HookId)
        { Position = position, CreatedAt = createdAt },
        CompleteRun c => new WorkflowEvent.RunCompleted(c.Output) { Position = position, CreatedAt = createdAt },
        FailRun c => new WorkflowEvent.RunFailed(c.Error) { Position = position, CreatedAt = createdAt },
        CancelRun c => new WorkflowEvent.RunCancelled(c.Reason)
        { Position = position, CreatedAt = createdAt, Code = ErrorCodes.WorkflowCancelled },
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether an event records what code asked for, and not what came of it.</summary>
    public static bool IsRecordedBy(WorkflowEvent source) => source is
        WorkflowEvent.StepCreated or WorkflowEvent.WaitCreated or WorkflowEvent.HookCreated or WorkflowEvent.HookConflict
        or WorkflowEvent.StepCancelled or WorkflowEvent.WaitCancelled or WorkflowEvent.HookDisposed
        or WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed;

    /// <summary>In words, for whoever has to find out why code and log differ.</summary>
    public string Describe() => this switch
    {
        RunStep c => $"step '{c.Step.StepName}' ({c.Step.StepId})",
        Wait c => $"a sleep ({c.Request.WaitId})",
        RegisterHook c => $"hook '{c.Hook.Token}' ({c.Hook.HookId})",
        Cancel c => $"the cancellation of {c.Request.Id}",
        CompleteRun => "the end of the run",
        FailRun => "the failure of the run",
        CancelRun => "the cancellation of the run",
        _ => throw new UnreachableException(),
    };
}
