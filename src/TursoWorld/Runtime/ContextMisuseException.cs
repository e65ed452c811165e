namespace TursoWorld.Runtime;

/// <summary>
/// The context of a workflow was used where it cannot be. To users it is the usual exception of misuse; inside a step no further
/// attempt is worth it.
/// </summary>
internal sealed class ContextMisuseException : InvalidOperationException
{
    private ContextMisuseException(string message)
        : base(message)
    {
    }

    public static ContextMisuseException GivenUp() => new(
        "The code of the workflow was given up, because it did not come to an await in time. Another execution goes on with the run.");

    public static ContextMisuseException InStep(string stepName) => new(
        $"The context of a workflow was used inside its step '{stepName}'. A step cannot begin steps, sleeps or hooks, nor change what the "
        + "run remembers: return what the workflow needs, and let its code go on with it.");

    public static ContextMisuseException AfterEnd(string runId) => new(
        $"The context of run '{runId}' was used after the end of the run. Await everything that the code of the workflow begins "
        + "before it returns, and keep no context.");

    public static ContextMisuseException OfAnotherRun(string runId) => new(
        $"The context of run '{runId}' was used by the code of another run. Each execution gets a context of its own: use that one, and "
        + "keep none in a static field or a service.");

    public static ContextMisuseException Outside() => new(
        "The context of a workflow was used outside its code: in a step, on another thread, or after ConfigureAwait(false) "
        + "or Task.Run. Use it only in the workflow itself, and await only what it gives out.");
}
