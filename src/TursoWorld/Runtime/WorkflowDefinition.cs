using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A workflow as it is registered: its code under a name and a version. Make one with <see cref="Workflow.Define"/>, or of a class with <c>Workflow.Of</c>.</summary>
public abstract class WorkflowDefinition
{
    private protected WorkflowDefinition(string name, int version, Type? implementation)
    {
        Name = name;
        Version = version;
        Implementation = implementation;
    }

    /// <summary>What runs refer to.</summary>
    public string Name { get; }

    /// <summary>A run keeps the version it started with; several may be registered side by side.</summary>
    public int Version { get; }

    internal WorkflowKey Key => new(Name, Version);

    /// <summary>The class of which each replay needs an instance; null when the code is a function.</summary>
    internal Type? Implementation { get; }

    internal abstract Type InputType { get; }

    /// <exception cref="SerializationException">Its input or its result is of a type whose values do not survive being stored.</exception>
    internal abstract void CheckTypes(JsonPayloads payloads);

    /// <summary>Runs the code, on the scheduler of its run.</summary>
    internal abstract Task<ReadOnlyMemory<byte>?> ExecuteAsync(
        object? instance, WorkflowContext flow, ReadOnlyMemory<byte>? input, JsonPayloads payloads);
}
