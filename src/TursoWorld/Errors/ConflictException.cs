namespace TursoWorld;

/// <summary>What was asked for does not fit what is there; <see cref="WorldException.Code"/> says why.</summary>
public sealed class ConflictException : WorldException
{
    private ConflictException(string code, string message)
        : base(code, 409, message)
    {
    }

    internal static ConflictException Run(string runId) => new(
        ErrorCodes.RunConflict,
        $"A run with id '{runId}' exists already. Leave RunId out to get a fresh one, or use GetRun to reach the existing run.");

    internal static ConflictException RunKey(string workflowName, string key, string runId) => new(
        ErrorCodes.RunKeyConflict,
        $"The key '{key}' of workflow '{workflowName}' has been given to run '{runId}' with another input. One key stands for one input: "
        + "start with the same, or under another key.");

    internal static ConflictException File(string path) => new(
        ErrorCodes.FileExists,
        $"'{path}' exists already, and is not overwritten. Name a file that does not exist, or move this one away.");

    internal static ConflictException PartOfDatabase(string path) => new(
        ErrorCodes.FileExists,
        $"'{path}' is a name that SQLite uses beside the database itself: it would take the file for a part of it. Name another file.");

    internal static ConflictException NotOver(string runId) => new(
        ErrorCodes.RunNotOver,
        $"Run '{runId}' is not over, so it cannot be deleted. Wait for its end first; a run that is not over is work.");

    /// <param name="token">The token.</param>
    /// <param name="runId">The run that asked for it.</param>
    /// <param name="holderId">The run whose hook has it; null when the log does not say.</param>
    internal static ConflictException Hook(string token, string runId, string? holderId) => new(
        ErrorCodes.HookConflict,
        holderId == runId
            ? $"The hook token '{token}' is held by a hook of this run, '{runId}', itself: one that still waits, perhaps because it has lost a "
            + "race against a sleep. In a loop, ask for the hook once in front of the loop and await the same task again; or race inside of "
            + "ScopeAsync and cancel the scope, which gives the hook up."
            : $"The hook token '{token}' is held by a hook of {(holderId is null ? "another run" : $"run '{holderId}'")}. Choose a token "
            + "that is unique among waiting hooks, for example one that contains an order number.");

    internal static ConflictException Owned(string runId) => new(
        ErrorCodes.RunOwned,
        $"Run '{runId}' is driven by the runtime of this library, which alone records what it does. From outside it can be cancelled, "
        + "paused and resumed, get attributes, and payloads for its hooks.");

    internal static ConflictException RunOver(string runId) => new(
        ErrorCodes.EventConflict, $"Run '{runId}' is over, and its log is closed to this event. Read the run to see how it ended.");

    internal static ConflictException Continued(string runId, string nextRunId) => new(
        ErrorCodes.RunContinued, $"Run '{runId}' is over, and goes on as run '{nextRunId}'. Turn to that one.");

    internal static ConflictException RunPaused(string runId) => new(
        ErrorCodes.RunPaused, $"Run '{runId}' is paused, and begins nothing. Resume it first.");

    internal static ConflictException StreamClosed(string runId, string streamName) => new(
        ErrorCodes.StreamClosed, $"Stream '{streamName}' of run '{runId}' is closed. Write to another one.");

    internal static ConflictException StreamOver(string runId, string streamName) => new(
        ErrorCodes.StreamClosed,
        $"Run '{runId}' is over, and with it its streams: nothing can be written to '{streamName}'. Write while the run goes on.");

    internal static ConflictException Exists(string what, string id, string runId) => new(
        ErrorCodes.EventConflict, $"The {what} '{id}' of run '{runId}' exists already: somebody else was first. Go on with what is there.");

    internal static ConflictException Over(string what, string id, string runId) => new(
        ErrorCodes.EventConflict, $"The {what} '{id}' of run '{runId}' has ended already: somebody else was first. Go on with what is there.");

    internal static ConflictException Workflow(string workflowName, int version) => new(
        ErrorCodes.DuplicateWorkflow,
        $"Workflow '{workflowName}' version {version} is registered already. Give the new definition another name, "
        + "or another version to run both side by side.");

    internal static ConflictException Step(string stepName) => new(
        ErrorCodes.DuplicateStep,
        $"A step '{stepName}' is registered already. Give the new definition another name.");

    internal static ConflictException QueueHandler(string prefix) => new(
        ErrorCodes.DuplicateQueueHandler,
        $"A handler for queue names that begin with '{prefix}' is registered already. Dispose that registration first, or "
        + "choose another prefix: the longest one that fits a name wins.");
}
