using TursoWorld.Runtime;

namespace TursoWorld;

#pragma warning disable CA1716 // what Visual Basic reserves it can still use, in brackets; every other name would be a worse one
/// <summary>Makes steps that have a name and an input of their own, which any process can execute that has registered them.</summary>
public static class Step
#pragma warning restore CA1716
{
    /// <summary>
    /// Defines a step: called with <c>flow.StepAsync(step, input)</c>. To have it executed from the queue, register it with
    /// every world that is to execute it.
    /// </summary>
    /// <param name="name">Names the step in the log and its queue: 1 to 200 letters, digits, or <c>. _ - / :</c>.</param>
    /// <param name="body">The code; it may do anything, but must not use the context of a workflow.</param>
    /// <param name="options">Limits, retries and mode of calls that give no options. Default: those of <see cref="StepOptions"/>.</param>
    /// <typeparam name="TIn">Type of the input; serialized when the workflow asks for the step.</typeparam>
    /// <typeparam name="TOut">Type of the result; serialized when the step completes.</typeparam>
    /// <exception cref="ArgumentException">The name has other characters, or is too long.</exception>
    public static StepDefinition<TIn, TOut> Define<TIn, TOut>(
        string name, Func<TIn, StepContext, Task<TOut>> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        return ProblemOf(name) is { } problem
            ? throw new ArgumentException(problem, nameof(name))
            : new StepDefinition<TIn, TOut>(name, options ?? StepOptions.Default, body);
    }

    /// <summary>
    /// The definition of a step that is a class, to call it with: <c>Step.Of&lt;Charge, Order, Receipt&gt;()</c>. Registering it
    /// is the same as registering the class.
    /// </summary>
    /// <typeparam name="TStep">The class: sealed, with a <see cref="StepAttribute"/>.</typeparam>
    /// <typeparam name="TIn">Type of the input.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <exception cref="InvalidRegistrationException">The class is no step; the message says why.</exception>
    public static StepDefinition<TIn, TOut> Of<TStep, TIn, TOut>()
        where TStep : Step<TIn, TOut> =>
        (StepDefinition<TIn, TOut>)StepClasses.Define(typeof(TStep));

    /// <summary>Why a step cannot have a name, and what to do; null when it can.</summary>
    internal static string? ProblemOf(string? name) => Workflow.IsName(name)
        ? null
        : $"'{name}' is no name for a step. Use 1 to 200 letters, digits, or any of . _ - / :";
}
