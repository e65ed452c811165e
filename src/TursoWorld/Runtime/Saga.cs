// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>
/// Steps that belong together, and how to undo them. When the code of the saga throws, what has been registered is undone in
/// reverse order, each as a recorded step of its own; then the exception goes on. A crash in between changes nothing: undoing goes
/// on where it stopped. So does undoing in a scope that was cancelled: nothing but the end of the run stops it. See <see cref="WorkflowContext.SagaAsync{T}"/>.
/// </summary>
public sealed class Saga
{
    private static readonly StepOptions Patiently = new() { Retry = RetryPolicy.Patient };

    private readonly WorkflowContext _flow;
    private readonly Stack<Func<Task>> _undos = new();
    private readonly List<Task> _steps = [];
    private bool _isOver;

    private Saga(WorkflowContext flow) => _flow = flow;

    /// <summary>Executes a step that is undone when the saga fails later. A step that fails has nothing to undo.</summary>
    /// <param name="name">Names the step in the log; its undo is called <c>undo-</c> and the same name.</param>
    /// <param name="body">The code of the step.</param>
    /// <param name="undo">Undoes it, given its result. May run again like any step, with the same idempotency key.</param>
    /// <param name="options">Limits and retries of the step.</param>
    /// <param name="undoOptions">Limits and retries of the undo; see <see cref="RetryPolicy.Patient"/>.</param>
    /// <typeparam name="T">Type of the result; serialized.</typeparam>
    /// <exception cref="StepFailedException">The step failed for good.</exception>
    /// <exception cref="InvalidOperationException">The saga is over, or being undone.</exception>
    public Task<T> StepAsync<T>(
        string name,
        Func<StepContext, Task<T>> body,
        Func<T, StepContext, Task> undo,
        StepOptions? options = null,
        StepOptions? undoOptions = null)
    {
        ArgumentNullException.ThrowIfNull(undo);
        return Start(async () =>
        {
            var output = await _flow.StepAsync(name, body, options);
            Push(name, step => undo(output, step), undoOptions);
            return output;
        });
    }

    /// <summary>Executes a step that has no result and is undone when the saga fails later.</summary>
    /// <inheritdoc cref="StepAsync{T}" />
    public Task StepAsync(
        string name,
        Func<StepContext, Task> body,
        Func<StepContext, Task> undo,
        StepOptions? options = null,
        StepOptions? undoOptions = null)
    {
        ArgumentNullException.ThrowIfNull(undo);
        return Start(async () =>
        {
            await _flow.StepAsync(name, body, options);
            Push(name, undo, undoOptions);
            return true;
        });
    }

    /// <summary>
    /// Registers a step that is executed when the saga fails from here on, whatever has completed by then. Registered in front of
    /// a step, it is the undo of one that may have had effects although it failed.
    /// </summary>
    /// <param name="name">Names the step in the log.</param>
    /// <param name="undo">The code of the step.</param>
    /// <param name="options">Limits and retries; see <see cref="RetryPolicy.Patient"/>.</param>
    /// <exception cref="InvalidOperationException">The saga is over, or being undone.</exception>
    public void OnFailure(string name, Func<StepContext, Task> undo, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(undo);
        OnFailure(() => _flow.StepAsync(name, undo, options ?? Patiently));
    }

    /// <summary>
    /// Registers code of the workflow that is executed when the saga fails from here on: for an undo that is a transactional step,
    /// or more than one step.
    /// </summary>
    /// <param name="undo">The code; it may use the context of the workflow, and nothing that is not recorded.</param>
    /// <exception cref="InvalidOperationException">The saga is over, or being undone.</exception>
    public void OnFailure(Func<Task> undo)
    {
        ArgumentNullException.ThrowIfNull(undo);
        ThrowIfOver();
        _undos.Push(undo);
    }

    internal static async Task<T> RunAsync<T>(WorkflowContext flow, Func<Saga, Task<T>> body)
    {
        var saga = new Saga(flow);
        try
        {
            return await body(saga);
        }
        catch (Exception exception) when (exception is not ContinueAsNewException) // which goes on with what was done
        {
            if (await flow.ShieldAsync(saga.UndoAsync) is { Count: > 0 } failures)
            {
                throw new CompensationFailedException(exception, failures);
            }

            throw;
        }
        finally
        {
            saga._isOver = true;
        }
    }

    private Task<T> Start<T>(Func<Task<T>> step)
    {
        ThrowIfOver();
        var started = step();
        _steps.Add(started);
        return started;
    }

    private void Push(string name, Func<StepContext, Task> undo, StepOptions? options) =>
        _undos.Push(() => _flow.StepAsync($"undo-{name}", undo, options ?? Patiently));

    private async Task<List<StructuredError>> UndoAsync()
    {
        _isOver = true;
        foreach (var step in _steps)
        {
            try
            {
                await step; // one that completes although nobody waits for it any more has to be undone, too
            }
            catch (Exception)
            {
                // It has nothing to undo, and whoever waits for it hears of it.
            }
        }

        List<StructuredError> failures = [];
        while (_undos.TryPop(out var undo))
        {
            try
            {
                await undo();
            }
            catch (Exception exception)
            {
                failures.Add(StructuredErrors.From(exception));
            }
        }

        return failures;
    }

    private void ThrowIfOver()
    {
        if (_isOver)
        {
            throw new InvalidOperationException("The saga is over, or being undone. Use it only in its own code.");
        }
    }
}
