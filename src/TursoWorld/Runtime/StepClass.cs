#pragma warning disable CA1716 // what Visual Basic reserves it can still use, in brackets; every other name would be a worse one
namespace TursoWorld;

/// <summary>
/// A step as a class: sealed, with a <see cref="StepAttribute"/>, and with what it needs in its constructor, where
/// <see cref="WorldOptions.Services"/> can be asked for it.
/// </summary>
/// <typeparam name="TIn">Type of the input; serialized when the workflow asks for the step.</typeparam>
/// <typeparam name="TOut">Type of the result; serialized when the step completes.</typeparam>
/// <remarks>
/// Each attempt has an instance of its own, in a scope of its own where the provider has scopes. Both end before the result is
/// recorded: what their disposal throws fails the attempt, as what the constructor throws does.
/// </remarks>
public abstract class Step<TIn, TOut>
{
    /// <summary>The code: what <see cref="Step.Define"/> takes as a function. It must not use the context of a workflow.</summary>
    /// <param name="step">What the code knows about itself: its idempotency key, its token, its earlier progress.</param>
    /// <param name="input">What the workflow has passed; a copy for each attempt.</param>
    public abstract Task<TOut> ExecuteAsync(StepContext step, TIn input);
}
