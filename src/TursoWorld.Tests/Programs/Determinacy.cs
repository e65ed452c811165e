namespace TursoWorld.Tests.Programs;

/// <summary>
/// Which programs have one result, whatever happens first: those in which nothing is raced against anything else. Of the
/// others a result can only be compared with that of the same log.
/// </summary>
internal static class Determinacy
{
    public static bool IsDetermined(Node node) => IsDeterminedHere(node) && node.Parts.All(IsDetermined);

    private static bool IsDeterminedHere(Node node) => node switch
    {
        Node.Group { Kind: GroupKind.WhenAny } => false,
        Node.Value or Node.Timeout or Node.Fork or Node.Join => false, // time, the order of asking, and when something began
        Node.State { Use: StateUse.Reads } => false, // what others have counted by then
        Node.Scope { CancelAfter: not null } => false,
        Node.Scope scope => IsImmediate(scope.Trigger),

        // The first failure counts; one that cancels the run is none of the loop's.
        Node.ForEach { OnFailure: OnItemFailure.CancelOthers, MaxParallel: > 1 } loop => !MayThrow(loop.Body),
        _ => true,
    };

    /// <summary>Whether it ends without waiting.</summary>
    private static bool IsImmediate(Node node) => node is Node.Value or Node.Throw or Node.CancelRun or Node.ContinueAsNew or Node.State or Node.Attribute;

    private static bool MayThrow(Node node) => node switch
    {
        Node.Throw or Node.CancelRun or Node.ContinueAsNew or Node.Hook { IsTaken: true } or Node.Scope => true,
        Node.Step step => step.End != StepEnd.Succeeds,
        _ => node.Parts.Any(MayThrow),
    };
}
