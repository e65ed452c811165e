using System.Diagnostics;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>What the code of a workflow asks for. A command becomes an event once it is written.</summary>
internal abstract record Command
{
    private Command() { }

    public sealed record RunStep(StepRequest Step) : Command;

    public sealed record Wait(WaitRequest Request) : Command;

    public sealed record RegisterHook(HookRequest Hook) : Command;

    public sealed record StartChild(ChildRequest Child) : Command;

    /// <summary>There is nothing to wait for: it holds as soon as it is recorded.</summary>
    public sealed record SetAttributes(string AttributeId, IReadOnlyDictionary<string, string?> Changes) : Command;

    /// <summary>As <see cref="SetAttributes"/>; null forgets the value.</summary>
    public sealed record SetState(string Key, ReadOnlyMemory<byte>? Value) : Command;

    /// <summary>The code does not wait for it any more. It may have ended by the time that this is recorded, which then changes nothing.</summary>
    public sealed record Cancel(Request Request) : Command;

    public sealed record CompleteRun(ReadOnlyMemory<byte>? Output) : Command;

    /// <summary>The run ends, and goes on as another one.</summary>
    public sealed record ContinueRun(NewRun Next) : Command;

    public sealed record FailRun(StructuredError Error) : Command;

    public sealed record CancelRun(string? Reason) : Command;

    /// <summary>Whether nothing can follow it.</summary>
    public bool EndsRun => this is CompleteRun or ContinueRun or FailRun or CancelRun;

    public WorkflowEvent ToEvent(long position, DateTimeOffset createdAt) => this switch
    {
        RunStep c => new WorkflowEvent.StepCreated(c.Step.StepId, c.Step.StepName)
        {
            Position = position,
            CreatedAt = createdAt,
            Input = c.Step.Input,
            Mode = c.Step.IsQueued ? StepMode.Queued : StepMode.Inline,
            AwaitsSlot = c.Step is { IsQueued: false, HasSlot: false },
            Options = c.Step.StoredOptions,
        },
        Wait c => new WorkflowEvent.WaitCreated(c.Request.WaitId, c.Request.ResumeAt)
        { Position = position, CreatedAt = createdAt },
        RegisterHook c => new WorkflowEvent.HookCreated(c.Hook.HookId, c.Hook.Token)
        { Position = position, CreatedAt = createdAt },
        StartChild { Child: var child } => new WorkflowEvent.ChildStarted(
            child.Id, child.Run.RunId, child.Run.Workflow.Name, child.Run.Workflow.Version)
        { Position = position, CreatedAt = createdAt, ParentClosePolicy = child.ParentClosePolicy },
        SetAttributes c => new WorkflowEvent.AttributesSet(c.Changes, new AttributeWriter())
        { Position = position, CreatedAt = createdAt, AttributeId = c.AttributeId, IsByCode = true },
        SetState c => new WorkflowEvent.StateSet(c.Key, c.Value) { Position = position, CreatedAt = createdAt },
        Cancel { Request: StepRequest step } => new WorkflowEvent.StepCancelled(step.StepId)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: WaitRequest wait } => new WorkflowEvent.WaitCancelled(wait.WaitId)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: HookRequest hook } => new WorkflowEvent.HookDisposed(hook.HookId)
        { Position = position, CreatedAt = createdAt },
        Cancel { Request: ChildRequest child } => new WorkflowEvent.ChildCancelled(child.Id)
        { Position = position, CreatedAt = createdAt },
        ContinueRun c => new WorkflowEvent.RunCompleted(null)
        { Position = position, CreatedAt = createdAt, ContinuedToRunId = c.Next.RunId },
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
        or WorkflowEvent.ChildStarted or WorkflowEvent.ChildCancelled
        or WorkflowEvent.AttributesSet { IsByCode: true } or WorkflowEvent.StateSet
        or WorkflowEvent.RunCompleted or WorkflowEvent.RunFailed;

    /// <summary>In words, for whoever has to find out why code and log differ.</summary>
    public string Describe() => this switch
    {
        RunStep c => $"step '{c.Step.StepName}' ({c.Step.StepId})",
        Wait c => $"a sleep ({c.Request.WaitId})",
        RegisterHook c => $"hook '{c.Hook.Token}' ({c.Hook.HookId})",
        StartChild { Child: var child } => $"a child of workflow '{child.Run.Workflow.Name}' ({child.Id})",
        SetAttributes c => EventText.Describe(c.Changes, c.AttributeId),
        SetState c => EventText.DescribeState(c.Key, c.Value),
        Cancel c => $"the cancellation of {c.Request.Id}",
        CompleteRun => "the end of the run",
        ContinueRun => "the end of the run, which goes on as another one",
        FailRun => "the failure of the run",
        CancelRun => "the cancellation of the run",
        _ => throw new UnreachableException(),
    };
}
