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

    internal static NotFoundException Workflow(string workflowName, int? version) => new(
        ErrorCodes.WorkflowNotFound,
        $"Workflow '{workflowName}'{(version is null ? "" : $" version {version}")} is not registered with this world. "
        + "Call world.Register(…) first, or start the run with the definition instead of the name.");
}
