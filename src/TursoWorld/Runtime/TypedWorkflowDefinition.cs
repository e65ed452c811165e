// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A workflow that takes a <typeparamref name="TIn"/> and returns a <typeparamref name="TOut"/>.</summary>
/// <typeparam name="TIn">Type of the input; serialized when a run starts.</typeparam>
/// <typeparam name="TOut">Type of the result; serialized when a run completes.</typeparam>
public sealed class WorkflowDefinition<TIn, TOut> : WorkflowDefinition
{
    private readonly Func<WorkflowContext, TIn, Task<TOut>>? _body;

    internal WorkflowDefinition(string name, int version, Func<WorkflowContext, TIn, Task<TOut>> body)
        : base(name, version, implementation: null) => _body = body;

    /// <param name="name">The name.</param>
    /// <param name="version">The version.</param>
    /// <param name="implementation">A class that derives from <see cref="Workflow{TIn, TOut}"/>.</param>
    internal WorkflowDefinition(string name, int version, Type implementation)
        : base(name, version, implementation)
    {
    }

    internal override Type InputType => typeof(TIn);

    internal override void CheckTypes(JsonPayloads payloads)
    {
        payloads.Require(typeof(TIn), InputWords);
        payloads.Require(typeof(TOut), ResultWords);
    }

    internal override async Task<ReadOnlyMemory<byte>?> ExecuteAsync(
        object? instance, WorkflowContext flow, ReadOnlyMemory<byte>? input, JsonPayloads payloads)
    {
        var argument = await flow.ReadAsync<TIn>(input, InputWords);
        var result = await (instance is Workflow<TIn, TOut> workflow
            ? workflow.ExecuteAsync(flow, argument)
            : _body!(flow, argument)); // without a class, there is a function
        return payloads.Serialize(result, ResultWords);
    }

    private string InputWords => $"The input of workflow '{Name}'";

    private string ResultWords => $"The result of workflow '{Name}'";
}
