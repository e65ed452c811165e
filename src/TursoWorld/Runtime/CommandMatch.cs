using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>Matches events of the log against what the code asks for.</summary>
internal static class CommandMatch
{
    /// <summary>What the code asked for first is recorded, if the event says so; from then on it is open, or given up.</summary>
    /// <returns>False when the code asks for something else, or for nothing.</returns>
    public static bool TryRecord(WorkflowEvent source, Command? head, OpenRequests open, StateValues state)
    {
        switch (source, head)
        {
            case (WorkflowEvent.StepCreated e, Command.RunStep c) when e.StepId == c.Step.StepId && e.StepName == c.Step.StepName:
                c.Step.IsQueued = e.Mode == StepMode.Queued; // the program may say something else by now
                c.Step.Created = e.Position;
                c.Step.Attempt = e.IsBegun ? 1 : 0;
                open.Add(c.Step);
                return true;
            case (WorkflowEvent.WaitCreated e, Command.Wait c) when e.WaitId == c.Request.WaitId:
                c.Request.ResumeAt = e.ResumeAt;
                open.Add(c.Request);
                return true;
            case (WorkflowEvent.HookCreated e, Command.RegisterHook c) when e.HookId == c.Hook.HookId && e.Token == c.Hook.Token:
                open.Add(c.Hook);
                return true;
            case (WorkflowEvent.ChildStarted e, Command.StartChild { Child: var child })
                when e.ChildId == child.Id && e.RunId == child.Run.RunId && e.WorkflowName == child.Run.Workflow.Name:
                open.Add(child);
                return true;
            case (WorkflowEvent.AttributesSet e, Command.SetAttributes c)
                when e.AttributeId == c.AttributeId && AttributeRules.AreSame(e.Changes, c.Changes):
                return true;
            case (WorkflowEvent.StateSet e, Command.SetState c) when e.Key == c.Key && e.Value is null == c.Value is null:
                state.OnRecorded(e, c);
                return true;
            case (_, Command.Cancel { Request: var request }) when IsCancelOf(source, request):
                open.EndCancel(request);
                return true;
            default:
                return false;
        }
    }

    private static bool IsCancelOf(WorkflowEvent source, Request request) => (source, request) switch
    {
        (WorkflowEvent.StepCancelled e, StepRequest) => e.StepId == request.Id,
        (WorkflowEvent.WaitCancelled e, WaitRequest) => e.WaitId == request.Id,
        (WorkflowEvent.HookDisposed e, HookRequest) => e.HookId == request.Id,
        (WorkflowEvent.ChildCancelled e, ChildRequest) => e.ChildId == request.Id,
        _ => false,
    };
}
