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

    internal override PreparedStep Prepare(ReadOnlyMemory<byte>? input, JsonPayloads payloads, Activation activation)
    {
        var argument = payloads.Read<TIn>(input, InputWords); // anew for each attempt: what one does to it, the next one does not see
        var instance = Implementation is { } type ? activation.Create(type) : null; // without a class, there is a function
        return new PreparedStep(
            async step =>
            {
                var result = await (instance is null ? _body!(argument, step) : ((Step<TIn, TOut>)instance.Instance).ExecuteAsync(step, argument))
                    .ConfigureAwait(false);
                return payloads.Serialize(result, ResultWords);
            },
            instance);
    }

    private string InputWords => $"The input of step '{Name}'";

    private string ResultWords => $"The result of step '{Name}'";
}
