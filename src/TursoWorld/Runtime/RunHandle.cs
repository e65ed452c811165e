using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A run, seen from outside.</summary>
public class RunHandle
{
    private readonly IRunStore _runs;
    private readonly RunResults _results;

    private protected RunHandle(string runId, IRunStore runs, RunResults results)
    {
        RunId = runId;
        _runs = runs;
        _results = results;
    }

    /// <summary>The run. Any process that has the database open can reach it by this id.</summary>
    public string RunId { get; }

    /// <summary>Reads the run as it is now.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    public Task<WorkflowRun> GetAsync(CancellationToken cancellationToken = default) => _runs.GetAsync(RunId, cancellationToken);

    /// <summary>Waits until the run is over, whichever process executes it.</summary>
    /// <exception cref="RunEndedException">The run failed or was cancelled.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    public Task WaitAsync(CancellationToken cancellationToken = default) => WaitForOutputAsync(cancellationToken);

    internal static RunHandle Untyped(string runId, IRunStore runs, RunResults results) => new(runId, runs, results);

    private protected async Task<ReadOnlyMemory<byte>?> WaitForOutputAsync(CancellationToken cancellationToken)
    {
        var outcome = await _results.WaitAsync(RunId, cancellationToken).ConfigureAwait(false);
        return outcome.Status switch
        {
            RunStatus.Completed => outcome.Output,
            RunStatus.Failed => throw RunEndedException.Failed(RunId, outcome.Error!), // a failed run has its error
            _ => throw RunEndedException.Cancelled(RunId),
        };
    }
}

/// <summary>A run whose result has a known type.</summary>
/// <typeparam name="TOut">Type of the result.</typeparam>
public sealed class RunHandle<TOut> : RunHandle
{
    private readonly JsonPayloads _payloads;

    internal RunHandle(string runId, IRunStore runs, RunResults results, JsonPayloads payloads)
        : base(runId, runs, results) => _payloads = payloads;

    /// <summary>Waits until the run is over, whichever process executes it, and returns its result.</summary>
    /// <exception cref="RunEndedException">The run failed or was cancelled.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="SerializationException">The result is not of this type.</exception>
    public async Task<TOut> ResultAsync(CancellationToken cancellationToken = default) =>
        _payloads.Deserialize<TOut>(
            await WaitForOutputAsync(cancellationToken).ConfigureAwait(false), $"The result of run '{RunId}'");
}
