namespace TursoWorld;

/// <summary>Something that was named does not exist.</summary>
public sealed class NotFoundException : WorldException
{
    private NotFoundException(string code, string message)
        : base(code, 404, message)
    {
    }

    internal static NotFoundException Run(string runId) => new(
        ErrorCodes.RunNotFound,
        $"Run '{runId}' does not exist in this database. Check DatabaseUrl and the id, and whether the run was deleted.");

    internal static NotFoundException Hook(string token) => new(
        ErrorCodes.HookNotFound,
        $"No hook with token '{token}' waits in this database. It has not been registered yet, has received its payload, "
        + "or its run is over.");

    internal static NotFoundException HookOf(string runId, string hookId) => new(
        ErrorCodes.HookNotFound,
        $"Run '{runId}' has no hook '{hookId}' that waits. It was never registered, is used up or disposed, or the run is over.");

    internal static NotFoundException Step(string runId, string stepId) => new(
        ErrorCodes.StepNotFound, $"Run '{runId}' has no step '{stepId}'. Check both ids, and whether the step was created.");

    internal static NotFoundException Wait(string runId, string waitId) => new(
        ErrorCodes.WaitNotFound, $"Run '{runId}' has no wait '{waitId}'. Check both ids, and whether the wait was created.");

    internal static NotFoundException State(string runId, string key) => new(
        ErrorCodes.StateNotFound,
        $"The state of run '{runId}' has no key '{key}'. Check both, and whether the code has come to set it; TryGet and FindAsync ask first.");

    internal static NotFoundException Event(string runId, string eventId) => new(
        ErrorCodes.EventNotFound, $"The log of run '{runId}' has no event '{eventId}'. Check both ids.");

    internal static NotFoundException Stream(string runId, string streamName) => new(
        ErrorCodes.StreamNotFound,
        $"Stream '{streamName}' of run '{runId}' was deleted while it was being read, with its run. What had been delivered "
        + "until then was right; read again only for another stream of the same name.");

    internal static NotFoundException DeadMessage(string messageId) => new(
        ErrorCodes.MessageNotFound,
        $"No dead message with id '{messageId}' is in this database. It is not dead, has been re-driven, or was deleted; "
        + "Queues.ListDeadAsync shows those there are.");

    internal static NotFoundException Workflow(string workflowName) => new(
        ErrorCodes.WorkflowNotFound,
        $"Workflow '{workflowName}' is not registered with this world. "
        + "Call world.Register(…) first, or start the run with the definition instead of the name.");
}
