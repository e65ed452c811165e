namespace TursoWorld.Runtime;

/// <summary>
/// What code of a workflow finds as its synchronization context: everything goes to the scheduler, as it would without one. It is there
/// because methods that are <c>async void</c> say so to nobody else.
/// </summary>
internal sealed class CodeContext(WorkflowScheduler scheduler) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(d, state);

    public override void OperationStarted() => throw new InvalidOperationException(
        "The code of a workflow called a method that is async void, such as an async lambda where an Action is expected (List.ForEach). "
        + "Nobody could wait for it, and what it throws would end the process. Let it return a Task, and await that.");

    public override SynchronizationContext CreateCopy() => this;
}
