namespace TursoWorld;

/// <summary>Something that was named does not exist, or not any more.</summary>
public sealed class NotFoundException : WorldException
{
    private NotFoundException(string code, string message, int httpStatus = 404)
        : base(code, httpStatus, message)
    {
    }

    internal static NotFoundException Run(string runId) => new(
        ErrorCodes.RunNotFound,
        $"Run '{runId}' does not exist in this database. Check DatabaseUrl and the id, and whether the run was deleted.");

    internal static NotFoundException Hook(string token) => new(
        ErrorCodes.HookNotFound,
        $"No hook with token '{token}' waits in this database. Its workflow has not come to it yet: try again later. Or check the token "
        + "and DatabaseUrl. Of a hook that is long gone, nothing is known here any more.");

    internal static NotFoundException HookUsed(string token, string runId) => new(
        ErrorCodes.HookUsed,
        $"The hook with token '{token}' of run '{runId}' has received its payload, and takes no second one. If the workflow asks for "
        + "another, try again when it has.",
        httpStatus: 410);

    internal static NotFoundException HookOver(string token, string runId) => new(
        ErrorCodes.HookOver,
        $"The hook with token '{token}' of run '{runId}' receives nothing any more: the run is over, or its code has given the hook up.",
        httpStatus: 410);

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

    internal static NotFoundException NeverWritten(string runId, string streamName) => new(
        ErrorCodes.StreamNotFound,
        $"Run '{runId}' is over, and has never written to a stream '{streamName}'. Check the name; Streams.ListAsync shows those that "
        + "it has written. A run that goes on as another one has streams of its own.");

    internal static NotFoundException DeadMessage(string messageId) => new(
        ErrorCodes.MessageNotFound,
        $"No dead message with id '{messageId}' is in this database. It is not dead, has been re-driven, or was deleted; "
        + "Queues.ListDeadAsync shows those there are.");

    internal static NotFoundException Workflow(string workflowName) => new(
        ErrorCodes.WorkflowNotFound,
        $"Workflow '{workflowName}' is not registered with this world. "
        + "Call world.Register(…) first, or start the run with the definition instead of the name.");
}
