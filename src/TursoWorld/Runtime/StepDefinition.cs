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

    /// <summary>The code for an input.</summary>
    internal abstract StepBody BodyFor(ReadOnlyMemory<byte>? input, JsonPayloads payloads, Activation activation);
}
