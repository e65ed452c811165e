using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>A run, seen from outside.</summary>
public class RunHandle
{
    // What the run was given matters to nobody here, and whoever cancels need not be able to decode it.
    private static readonly CreateEventOptions WithoutData = new() { ResolveData = ResolveData.None };

    private readonly IRunStore _runs;
    private readonly IEventStore _events;
    private readonly RunResults _results;

    private protected RunHandle(string runId, IRunStore runs, IEventStore events, RunResults results)
    {
        RunId = runId;
        _runs = runs;
        _events = events;
        _results = results;
    }

    /// <summary>The run. Any process that has the database open can reach it by this id.</summary>
    public string RunId { get; }

    /// <summary>Reads the run as it is now.</summary>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    public Task<WorkflowRun> GetAsync(CancellationToken cancellationToken = default) => _runs.GetAsync(RunId, cancellationToken);

    /// <summary>Waits until the run is over, whichever process executes it; if it goes on as other runs, until the last of them is.</summary>
    /// <exception cref="RunEndedException">The run failed or was cancelled.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="PayloadCodecException">What is stored of the run cannot be decoded here.</exception>
    /// <exception cref="ObjectDisposedException">The world is closed, or was while the caller waited; the run goes on.</exception>
    public Task WaitAsync(CancellationToken cancellationToken = default) => WaitForOutputAsync(cancellationToken);

    /// <summary>
    /// Ends the run, whichever process executes it: its steps are told through their cancellation tokens, and what they still do
    /// is not recorded. A run that is cancelled already stays so. Its children are cancelled as well, unless they are to be abandoned.
    /// </summary>
    /// <param name="reason">Why, at most 512 characters; kept in the log.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ConflictException">The run has completed or failed, or goes on as another one, which the message names.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidEventException"><see cref="RunId"/> is no id of a run, or the reason is too long.</exception>
    /// <exception cref="RunNotSupportedException">A runtime made the run that is too new for this library.</exception>
    public Task CancelAsync(string? reason = null, CancellationToken cancellationToken = default) =>
        _events.CreateAsync(RunId, new WorkflowEventData.RunCancelled(reason), WithoutData, cancellationToken);

    /// <summary>
    /// Keeps the run from beginning steps and turns until it is resumed. Steps that are executing finish and are recorded; hooks
    /// are received, and sleeps end, and take effect once the run is resumed. A run that is paused already stays so.
    /// </summary>
    /// <exception cref="ConflictException">The run is over.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidEventException"><see cref="RunId"/> is no id of a run.</exception>
    /// <exception cref="RunNotSupportedException">A runtime made the run that is too new for this library.</exception>
    public Task PauseAsync(CancellationToken cancellationToken = default) =>
        _events.CreateAsync(RunId, new WorkflowEventData.RunPaused(), WithoutData, cancellationToken);

    /// <summary>Lets a paused run go on. A run that is not paused is left alone.</summary>
    /// <exception cref="ConflictException">The run is over.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="InvalidEventException"><see cref="RunId"/> is no id of a run.</exception>
    /// <exception cref="RunNotSupportedException">A runtime made the run that is too new for this library.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) =>
        _events.CreateAsync(RunId, new WorkflowEventData.RunResumed(), WithoutData, cancellationToken);

    internal static RunHandle Untyped(string runId, IRunStore runs, IEventStore events, RunResults results) =>
        new(runId, runs, events, results);

    private protected async Task<ReadOnlyMemory<byte>?> WaitForOutputAsync(CancellationToken cancellationToken)
    {
        var runId = RunId;
        var outcome = await _results.WaitAsync(runId, cancellationToken).ConfigureAwait(false);
        while (outcome.ContinuedToRunId is { } next)
        {
            runId = next;
            outcome = await _results.WaitAsync(runId, cancellationToken).ConfigureAwait(false);
        }

        return outcome.ToException(runId) is { } ended ? throw ended : outcome.Output;
    }
}

/// <summary>A run whose result has a known type.</summary>
/// <typeparam name="TOut">Type of the result.</typeparam>
public sealed class RunHandle<TOut> : RunHandle
{
    private readonly JsonPayloads _payloads;

    internal RunHandle(string runId, IRunStore runs, IEventStore events, RunResults results, JsonPayloads payloads)
        : base(runId, runs, events, results) => _payloads = payloads;

    /// <summary>
    /// Waits until the run is over, whichever process executes it, and returns its result; if it goes on as other runs, that of the
    /// last.
    /// </summary>
    /// <exception cref="RunEndedException">The run failed or was cancelled.</exception>
    /// <exception cref="NotFoundException">There is no such run.</exception>
    /// <exception cref="PayloadCodecException">What is stored of the run cannot be decoded here.</exception>
    /// <exception cref="ObjectDisposedException">The world is closed, or was while the caller waited; the run goes on.</exception>
    /// <exception cref="SerializationException">The result is not of this type.</exception>
    public async Task<TOut> ResultAsync(CancellationToken cancellationToken = default) =>
        _payloads.Deserialize<TOut>(
            await WaitForOutputAsync(cancellationToken).ConfigureAwait(false), $"The result of run '{RunId}'");
}
