// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A run that the code of a workflow has begun, seen from that code. It is stored with whatever else the code asks for.</summary>
/// <typeparam name="TOut">Type of its result.</typeparam>
public sealed class ChildRun<TOut>
{
    private readonly ChildRequest _request;
    private readonly ReplayEngine _engine;

    internal ChildRun(ChildRequest request, ReplayEngine engine)
    {
        _request = request;
        _engine = engine;
    }

    /// <summary>The run: the same whenever the code is replayed. Steps, and the outside, reach it by this id.</summary>
    public string RunId => _request.Run.RunId;

    /// <summary>Waits until the child is over; if it goes on as other runs, until the last of them is. May be called more than once.</summary>
    /// <exception cref="ChildFailedException">The child failed or was cancelled.</exception>
    /// <exception cref="OperationCanceledException">The code has cancelled the scope in which the child was started.</exception>
    public async Task<TOut> ResultAsync()
    {
        var ended = (WorkflowEvent.ChildEnded)await _request.Result; // nothing else completes it
        return ended.Status == RunStatus.Completed
            ? await _engine.Recorded.ReadAsync<TOut>(ended.Output, $"The result of child '{ended.RunId}'")
            : throw ChildFailedException.From(ended, _request.Run.Workflow.Name);
    }
}
