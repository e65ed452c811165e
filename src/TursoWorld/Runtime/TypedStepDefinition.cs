using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A step that takes a <typeparamref name="TIn"/> and returns a <typeparamref name="TOut"/>.</summary>
/// <typeparam name="TIn">Type of the input; serialized when the workflow asks for the step.</typeparam>
/// <typeparam name="TOut">Type of the result; serialized when the step completes.</typeparam>
public sealed class StepDefinition<TIn, TOut> : StepDefinition
{
    private readonly Func<TIn, StepContext, Task<TOut>>? _body;

    internal StepDefinition(string name, StepOptions options, Func<TIn, StepContext, Task<TOut>> body)
        : base(name, options, implementation: null) => _body = body;

    /// <param name="name">The name.</param>
    /// <param name="options">What calls get that give no options.</param>
    /// <param name="implementation">A class that derives from <see cref="Step{TIn, TOut}"/>.</param>
    internal StepDefinition(string name, StepOptions options, Type implementation)
        : base(name, options, implementation)
    {
    }

    internal override void CheckTypes(JsonPayloads payloads)
    {
        payloads.Require(typeof(TIn), InputWords);
        payloads.Require(typeof(TOut), ResultWords);
    }

    internal override StepBody BodyFor(ReadOnlyMemory<byte>? input, JsonPayloads payloads, Activation activation) =>
        new StepBody.Plain(async step =>
        {
            // Anew for each attempt: what one does to its input, the next one does not see.
            var argument = payloads.Deserialize<TIn>(input, InputWords);
            var result = await ExecuteAsync(step, argument, activation).ConfigureAwait(false);
            return payloads.Serialize(result, ResultWords);
        });

    private string InputWords => $"The input of step '{Name}'";

    private string ResultWords => $"The result of step '{Name}'";

    private async Task<TOut> ExecuteAsync(StepContext step, TIn argument, Activation activation)
    {
        if (Implementation is not { } type)
        {
            return await _body!(argument, step).ConfigureAwait(false); // without a class, there is a function
        }

        var activated = activation.Create(type);
        await using (activated.ConfigureAwait(false))
        {
            var instance = (Step<TIn, TOut>)activated.Instance;
            return await instance.ExecuteAsync(step, argument).ConfigureAwait(false);
        }
    }
}
