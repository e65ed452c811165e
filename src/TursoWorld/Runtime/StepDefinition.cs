using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A step as it is registered: its code under a name. Make one with <see cref="Step.Define"/>, or of a class with <c>Step.Of</c>.</summary>
public abstract class StepDefinition
{
    private protected StepDefinition(string name, StepOptions options, Type? implementation)
    {
        Name = name;
        Options = options;
        Implementation = implementation;
    }

    /// <summary>The name in the log, and of its queue.</summary>
    public string Name { get; }

    /// <summary>How it is executed by calls that give no options.</summary>
    public StepOptions Options { get; }

    internal StepKey Key => new(Name);

    /// <summary>The class of which each attempt needs an instance; null when the code is a function.</summary>
    internal Type? Implementation { get; }

    /// <exception cref="SerializationException">Its input or its result is of a type whose values do not survive being stored.</exception>
    internal abstract void CheckTypes(JsonPayloads payloads);

    /// <summary>The code for an input, prepared in each attempt.</summary>
    internal StepBody BodyFor(ReadOnlyMemory<byte>? input, JsonPayloads payloads, Activation activation) =>
        new StepBody.Plain(step => Prepare(input, payloads, activation).RunAsync(step));

    /// <summary>Reads the input and makes the instance, for one attempt. Whoever gets it disposes of it.</summary>
    /// <exception cref="NotReadyException">One of them cannot be done here.</exception>
    internal abstract PreparedStep Prepare(ReadOnlyMemory<byte>? input, JsonPayloads payloads, Activation activation);
}
