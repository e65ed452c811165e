namespace TursoWorld;

/// <summary>Something with that name exists already.</summary>
public sealed class ConflictException : WorldException
{
    private ConflictException(string code, string message)
        : base(code, 409, message)
    {
    }

    internal static ConflictException Run(string runId) => new(
        ErrorCodes.RunConflict,
        $"A run with id '{runId}' exists already. Leave RunId out to get a fresh one, or use GetRun to reach the existing run.");

    internal static ConflictException File(string path) => new(
        ErrorCodes.FileExists,
        $"'{path}' exists already, and is not overwritten. Name a file that does not exist, or move this one away.");

    internal static ConflictException NotOver(string runId) => new(
        ErrorCodes.RunNotOver,
        $"Run '{runId}' is not over, so it cannot be deleted. Wait for its end first; a run that is not over is work.");

    internal static ConflictException Hook(string token) => new(
        ErrorCodes.HookConflict,
        $"The hook token '{token}' is held by another hook. Choose a token that is unique among waiting hooks, "
        + "for example one that contains an order number.");

    internal static ConflictException Workflow(string workflowName, int version) => new(
        ErrorCodes.DuplicateWorkflow,
        $"Workflow '{workflowName}' version {version} is registered already. Give the new definition another name, "
        + "or another version to run both side by side.");
}
