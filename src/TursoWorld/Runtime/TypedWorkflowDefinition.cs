// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A workflow that takes a <typeparamref name="TIn"/> and returns a <typeparamref name="TOut"/>.</summary>
/// <typeparam name="TIn">Type of the input; written to JSON when a run starts.</typeparam>
/// <typeparam name="TOut">Type of the result; written to JSON when a run completes.</typeparam>
public sealed class WorkflowDefinition<TIn, TOut> : WorkflowDefinition
{
    private readonly Func<WorkflowContext, TIn, Task<TOut>> _body;

    internal WorkflowDefinition(string name, int version, Func<WorkflowContext, TIn, Task<TOut>> body)
        : base(name, version) => _body = body;

    internal override Type InputType => typeof(TIn);

    internal override async Task<ReadOnlyMemory<byte>?> ExecuteAsync(
        WorkflowContext flow, ReadOnlyMemory<byte>? input, JsonPayloads payloads)
    {
        var result = await _body(flow, payloads.Deserialize<TIn>(input, $"The input of workflow '{Name}'"));
        return payloads.Serialize(result, $"The result of workflow '{Name}'");
    }
}
