namespace TursoWorld.Runtime;

/// <summary>The code of a workflow does not come to an await.</summary>
internal sealed class WorkflowHangsException(string message) : WorldException(ErrorCodes.WorkflowHangs, 409, message)
{
    public static WorkflowHangsException Behind(long position, TimeSpan limit) => new(
        $"Behind position {position} the code of the workflow did not come to an await within {limit.TotalSeconds:0.###} s: it blocks "
        + "(.Result, .Wait(), GetAwaiter().GetResult(), Thread.Sleep, a lock), or computes. Await what the workflow's context gives "
        + "out, and put what blocks or computes into a step; WorldOptions.WorkflowYieldLimit allows more.");
}
