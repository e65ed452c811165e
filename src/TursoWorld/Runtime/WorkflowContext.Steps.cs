// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using System.Text.Json;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <content>Steps that have a definition.</content>
public sealed partial class WorkflowContext
{
    /// <summary>
    /// Executes a step that has a definition. Its input is recorded, and so is its result; the rest is as with a step whose code is
    /// passed to the call. One that is <see cref="StepMode.Queued"/> is executed by any process that has registered it; the run
    /// holds nothing meanwhile.
    /// </summary>
    /// <param name="step">The step, from <see cref="Step.Define"/> or <c>Step.Of</c>.</param>
    /// <param name="input">What it gets: a copy, made by the serializer.</param>
    /// <param name="options">
    /// In place of the options of the definition, all of them; only a <see cref="StepOptions.Mode"/> that is null leaves that of
    /// the definition.
    /// </param>
    /// <typeparam name="TIn">Type of the input; serialized.</typeparam>
    /// <typeparam name="TOut">Type of the result; serialized.</typeparam>
    /// <exception cref="StepFailedException">The step failed for good.</exception>
    /// <exception cref="SerializationException">The input cannot be serialized.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    /// <exception cref="ArgumentException">
    /// The step is queued, and <paramref name="options"/> have a condition that is a function: it cannot go to another process.
    /// </exception>
    public Task<TOut> StepAsync<TIn, TOut>(StepDefinition<TIn, TOut> step, TIn input, StepOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(step);
        var isQueued = (options?.Mode ?? step.Options.Mode ?? _engine.DefaultStepMode) == StepMode.Queued;
        var bytes = _payloads.Serialize(input, $"The input of step '{step.Name}'");
        var stored = isQueued && options is not null ? StoredStepOptions.Write(options, options.Retry ?? _engine.DefaultRetry, step.Name) : (JsonElement?)null;
        return RunStepAsync<TOut>(
            step.Name,
            step.BodyFor(bytes, _payloads, _engine.Activation),
            options ?? step.Options,
            new StepCall(bytes, isQueued, stored));
    }

    /// <summary>Executes a step that has a definition, and whose failure is a value: for code that goes on either way.</summary>
    /// <returns>The result, or the error of the last attempt.</returns>
    /// <inheritdoc cref="StepAsync{TIn, TOut}(StepDefinition{TIn, TOut}, TIn, StepOptions)" path="/param|/typeparam" />
    public async Task<StepResult<TOut>> TryStepAsync<TIn, TOut>(
        StepDefinition<TIn, TOut> step, TIn input, StepOptions? options = null)
    {
        try
        {
            return new StepResult<TOut> { Value = await StepAsync(step, input, options) };
        }
        catch (StepFailedException failure)
        {
            return new StepResult<TOut> { Error = failure.Error };
        }
    }

    /// <summary>Code that is passed to a call is known to this process only.</summary>
    private static void RequireInline(string name, StepOptions? options)
    {
        if (options?.Mode == StepMode.Queued)
        {
            throw new ArgumentException(
                $"Step '{name}' cannot be queued: its code is passed to the call, and no other process could find it. "
                + "Define it with Step.Define, or as a class, and register that; transactional steps are always inline.",
                nameof(options));
        }
    }
}
