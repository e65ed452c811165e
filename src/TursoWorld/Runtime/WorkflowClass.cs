namespace TursoWorld;

/// <summary>
/// A workflow as a class: sealed, with a <see cref="WorkflowAttribute"/>, and with what it needs in its constructor, where
/// <see cref="WorldOptions.Services"/> can be asked for it. The rules for workflow code apply to all of it, the constructor
/// included.
/// </summary>
/// <typeparam name="TIn">Type of the input; serialized when a run starts.</typeparam>
/// <typeparam name="TOut">Type of the result; serialized when a run completes.</typeparam>
/// <remarks>
/// Each replay of a run has an instance of its own, so fields are the state of one run in memory, made anew from the log after
/// a crash or when the run has left the memory. What the constructor is given lives as long as the instance, possibly for the
/// months of a sleep, and code outside steps must not use what it does: a service that opens a connection, reads a clock or
/// keeps state would answer otherwise in replay. Give a class what steps call (clients, factories of connections),
/// and call it in steps only.
/// </remarks>
public abstract class Workflow<TIn, TOut>
{
    /// <summary>The code: what <see cref="Workflow.Define"/> takes as a function.</summary>
    /// <param name="flow">What the code may await.</param>
    /// <param name="input">The input of the run.</param>
    public abstract Task<TOut> ExecuteAsync(WorkflowContext flow, TIn input);
}
