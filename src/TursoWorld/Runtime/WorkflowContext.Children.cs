// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Runtime;

namespace TursoWorld;

/// <content>Runs that a workflow begins.</content>
public sealed partial class WorkflowContext
{
    /// <summary>
    /// Runs another workflow as a child: a run of its own, with its own log, executed by whichever process has registered its
    /// workflow. Waits for its result.
    /// </summary>
    /// <param name="workflow">What to run; it need not be registered here.</param>
    /// <param name="input">Its input.</param>
    /// <param name="options">What becomes of the child when this run ends first, its attributes, and how long it is kept.</param>
    /// <typeparam name="TIn">Type of the input; serialized.</typeparam>
    /// <typeparam name="TOut">Type of the result; serialized.</typeparam>
    /// <exception cref="ChildFailedException">The child failed or was cancelled.</exception>
    /// <exception cref="SerializationException">The input cannot be serialized.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task<TOut> ChildAsync<TIn, TOut>(
        WorkflowDefinition<TIn, TOut> workflow, TIn input, ChildRunOptions? options = null) =>
        await StartChild(workflow, input, options).ResultAsync();

    /// <summary>
    /// Begins a child, and does not wait for it. It is stored in the commit that records what else the code asks for until it waits for
    /// something. A child that nobody waits for goes on until this run ends; see <see cref="ChildRunOptions.ParentClosePolicy"/>.
    /// </summary>
    /// <inheritdoc cref="ChildAsync{TIn, TOut}" path="/param|/typeparam" />
    /// <exception cref="SerializationException">The input cannot be serialized.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public ChildRun<TOut> StartChild<TIn, TOut>(
        WorkflowDefinition<TIn, TOut> workflow, TIn input, ChildRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        _engine.RequireInside();
        var payload = _payloads.Serialize(input, $"The input of workflow '{workflow.Name}'");
        return new ChildRun<TOut>(ChildRequest.Begin(_engine, workflow.Key, payload, options ?? ChildRunOptions.Default), _engine);
    }
}
