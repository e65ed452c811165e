// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>
/// What the code of a workflow may await. Everything else that takes time, or that could turn out differently when the
/// code is replayed (the clock, random numbers, files, the network, <c>Task.Run</c>, <c>Task.Delay</c>,
/// <c>ConfigureAwait(false)</c>), belongs into a step.
/// </summary>
public sealed partial class WorkflowContext
{
    private readonly ReplayEngine _engine;
    private readonly JsonPayloads _payloads;
    private readonly ILoggerFactory _loggerFactory;

    internal WorkflowContext(ReplayEngine engine, JsonPayloads payloads, ILoggerFactory loggerFactory)
    {
        _engine = engine;
        _payloads = payloads;
        _loggerFactory = loggerFactory;
    }

    /// <summary>The run that executes this code.</summary>
    public string RunId => _engine.Identity.RunId;

    /// <summary>The name of the workflow.</summary>
    public string WorkflowName => _engine.Identity.Workflow.Name;

    /// <summary>The time at which the latest result was recorded: the same whenever the code is replayed. UTC.</summary>
    public DateTimeOffset Now => _engine.Now;

    /// <summary>
    /// Random numbers: the same sequence whenever the code of this run is replayed, another one in every run. Not for secrets;
    /// see <see cref="NewGuid"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public Random Random
    {
        get
        {
            _engine.RequireInside();
            return _engine.Values.Random;
        }
    }

    /// <summary>What the code remembers by name, readable from outside.</summary>
    public WorkflowState State => field ??= new WorkflowState(_engine, _payloads);

    /// <summary>
    /// Writes to the <c>LoggerFactory</c> of the world, in the category <c>TursoWorld.Workflow.</c> and the name of the
    /// workflow, and is silent while the code is replayed. A line is never lost to a replay; after a crash or an eviction a
    /// line may come twice.
    /// </summary>
    public ILogger Logger => field ??= new ReplaySafeLogger(
        new SafeLogger(_loggerFactory.CreateLogger($"TursoWorld.Workflow.{WorkflowName}")), _engine);

    /// <summary>
    /// A GUID that is the same whenever the code of this run is replayed, and that nobody outside can guess: a name for
    /// something that a step makes, or the token of a hook.
    /// </summary>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public Guid NewGuid()
    {
        _engine.RequireInside();
        return _engine.Values.NewGuid();
    }

    /// <summary>
    /// Executes a step. Its result is recorded, and the step never runs again once that has happened. A process that dies
    /// before may have had the effects of the step; the step then runs again, with the same
    /// <see cref="StepContext.IdempotencyKey"/>.
    /// </summary>
    /// <param name="name">
    /// Names the step in the log. The same name may be used again: the log then has <c>charge</c>, <c>charge#1</c>,
    /// <c>charge#2</c>, in the order of the code. A name that ends in <c>#</c> and digits gets <c>#0</c> at its first use.
    /// </param>
    /// <param name="body">The code; it may do anything, but must not use the workflow's context.</param>
    /// <param name="options">Retries and timeouts; null: <see cref="WorldOptions.DefaultRetry"/>, and no timeouts.</param>
    /// <typeparam name="T">Type of the result; serialized.</typeparam>
    /// <exception cref="StepFailedException">The step failed for good.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    /// <exception cref="ArgumentException">
    /// The name is empty or not well-formed, or the mode is <see cref="StepMode.Queued"/>, which needs a step with a definition.
    /// </exception>
    public Task<T> StepAsync<T>(string name, Func<StepContext, Task<T>> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        RequireInline(name, options);
        return RunStepAsync<T>(
            name,
            new StepBody.Plain(async step =>
            {
                _engine.EnterStep(name);
                return Write(name, await body(step).ConfigureAwait(false));
            }),
            options);
    }

    /// <summary>Executes a step that has no result.</summary>
    /// <inheritdoc cref="StepAsync{T}(string, Func{StepContext, Task{T}}, StepOptions)" />
    public Task StepAsync(string name, Func<StepContext, Task> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        RequireInline(name, options);
        return RunStepAsync<object?>(
            name,
            new StepBody.Plain(async step =>
            {
                _engine.EnterStep(name);
                await body(step).ConfigureAwait(false);
                return null;
            }),
            options);
    }

    /// <summary>Executes a step whose failure is a value: for code that goes on either way.</summary>
    /// <returns>The result, or the error of the last attempt.</returns>
    /// <inheritdoc cref="StepAsync{T}(string, Func{StepContext, Task{T}}, StepOptions)" path="/param|/typeparam" />
    public async Task<StepResult<T>> TryStepAsync<T>(
        string name, Func<StepContext, Task<T>> body, StepOptions? options = null)
    {
        try
        {
            return new StepResult<T> { Value = await StepAsync(name, body, options) };
        }
        catch (StepFailedException failure)
        {
            return new StepResult<T> { Error = failure.Error };
        }
    }

    /// <summary>Executes a step that has no result and whose failure is a value.</summary>
    /// <returns>Whether it completed, and if not, the error of the last attempt.</returns>
    /// <inheritdoc cref="StepAsync{T}(string, Func{StepContext, Task{T}}, StepOptions)" path="/param" />
    public async Task<StepResult> TryStepAsync(string name, Func<StepContext, Task> body, StepOptions? options = null)
    {
        try
        {
            await StepAsync(name, body, options);
            return new StepResult();
        }
        catch (StepFailedException failure)
        {
            return new StepResult { Error = failure.Error };
        }
    }

    /// <summary>
    /// Executes code whose steps are undone when it throws: in reverse order, each as a recorded step. Then the exception goes on. A
    /// run that is cancelled from outside ends at once, and nothing is undone.
    /// </summary>
    /// <param name="body">The code; steps that can be undone go through its argument.</param>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <exception cref="CompensationFailedException">The code threw, and an undo failed for good; the others were executed.</exception>
    public Task<T> SagaAsync<T>(Func<Saga, Task<T>> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Saga.RunAsync(this, body);
    }

    /// <summary>Executes code that has no result and whose steps are undone when it throws.</summary>
    /// <inheritdoc cref="SagaAsync{T}" />
    public Task SagaAsync(Func<Saga, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Saga.RunAsync(this, async saga =>
        {
            await body(saga);
            return true;
        });
    }

    /// <summary>
    /// Executes a step whose SQL takes effect exactly once: it runs in the transaction that records the step. The code may
    /// run again when that transaction is lost, so it must have no other effects. It has three seconds; everybody else's
    /// writes wait for it.
    /// </summary>
    /// <param name="name">Names the step in the log.</param>
    /// <param name="body">The code; it uses the connection of its transaction.</param>
    /// <param name="options">
    /// Retries and timeouts, of which those above three seconds have no effect; null: <see cref="WorldOptions.DefaultRetry"/>.
    /// </param>
    /// <typeparam name="T">Type of the result; serialized.</typeparam>
    /// <exception cref="StepFailedException">The step failed for good; none of its SQL took effect.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    /// <exception cref="ArgumentException">
    /// The name is empty or not well-formed, or the mode is <see cref="StepMode.Queued"/>, which needs a step with a definition.
    /// </exception>
    public Task<T> TransactionAsync<T>(
        string name, Func<StepTransaction, StepContext, Task<T>> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        RequireInline(name, options);
        return RunStepAsync<T>(
            name,
            new StepBody.Transactional(async (transaction, step) =>
            {
                _engine.EnterStep(name);
                return Write(name, await body(transaction, step).ConfigureAwait(false));
            }),
            options);
    }

    /// <summary>Executes a transactional step that has no result.</summary>
    /// <inheritdoc cref="TransactionAsync{T}(string, Func{StepTransaction, StepContext, Task{T}}, StepOptions)" />
    public Task TransactionAsync(string name, Func<StepTransaction, StepContext, Task> body, StepOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        RequireInline(name, options);
        return RunStepAsync<object?>(
            name,
            new StepBody.Transactional(async (transaction, step) =>
            {
                _engine.EnterStep(name);
                await body(transaction, step).ConfigureAwait(false);
                return null;
            }),
            options);
    }

    /// <summary>
    /// Sets attributes of the run: texts, not encrypted, by which runs are found (<see cref="RunQuery.Attribute"/>). They are
    /// recorded, in one commit with whatever else the code asks for, when the code next awaits something or ends.
    /// </summary>
    /// <param name="changes">
    /// New values, at most 256 bytes in UTF-8 each; null removes an attribute. Names have 1 to 256 characters and do not begin
    /// with <c>$</c>. A run has at most 64 attributes.
    /// </param>
    /// <exception cref="InvalidEventException">A limit is broken; nothing changed.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public void SetAttributes(IReadOnlyDictionary<string, string?> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count > 0)
        {
            _engine.Attributes.Set(changes.ToDictionary()); // what is recorded later must be what was asked for now
        }
    }

    /// <summary>Sets one attribute of the run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; null removes it.</param>
    /// <inheritdoc cref="SetAttributes" />
    public void SetAttribute(string name, string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        SetAttributes(new Dictionary<string, string?> { [name] = value });
    }

    /// <summary>Sleeps. The run holds nothing meanwhile, and no restart shortens or lengthens it.</summary>
    /// <param name="duration">
    /// How long, from the moment at which the code asks for it (which may be later than <see cref="Now"/>); zero or less goes on at once.
    /// Milliseconds count.
    /// </param>
    /// <inheritdoc cref="SleepUntilAsync" path="/exception" />
    public Task SleepAsync(TimeSpan duration) =>
        SleepUntilAsync(duration <= TimeSpan.Zero ? _engine.DecidedAt : Instants.Add(_engine.DecidedAt, duration));

    /// <summary>Sleeps until a time.</summary>
    /// <param name="resumeAt">When to go on; a time in the past goes on at once.</param>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public async Task SleepUntilAsync(DateTimeOffset resumeAt) =>
        await _engine.RequestWait(resumeAt).Result; // awaited here: Task.WhenAny of a bare source would go on elsewhere

    /// <summary>
    /// Waits for one payload from outside, sent with <c>World.ResumeHookAsync</c>. The first payload uses the
    /// hook up.
    /// </summary>
    /// <param name="token">The name under which the outside reaches the hook; unique among hooks that wait.</param>
    /// <typeparam name="T">Type of the payload.</typeparam>
    /// <exception cref="ConflictException">Another hook holds the token.</exception>
    /// <exception cref="OperationCanceledException">The scope of this code was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    /// <exception cref="ArgumentException">The token is empty or not well-formed.</exception>
    public async Task<T> HookAsync<T>(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var result = await _engine.RequestHook(token).Result;
        return result is WorkflowEvent.HookReceived received
            ? await _engine.Recorded.ReadAsync<T>(received.Payload, $"The payload of hook '{token}'")
            : throw ConflictException.Hook(token, RunId, (result as WorkflowEvent.HookConflict)?.ConflictingRunId);
    }

    private async Task<T> RunStepAsync<T>(string name, StepBody body, StepOptions? options, StepCall? call = null)
    {
        var request = _engine.RequestStep(name, body, options ?? StepOptions.Default, call);
        return await request.Result switch
        {
            WorkflowEvent.StepCompleted e => await _engine.Recorded.ReadAsync<T>(e.Output, $"The result of step '{name}'"),
            WorkflowEvent.StepFailed e => throw new StepFailedException(request.StepId, request.StepName, e.Error),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Reads the input of the run.</summary>
    internal Task<T> ReadAsync<T>(ReadOnlyMemory<byte>? payload, string what) => _engine.Recorded.ReadAsync<T>(payload, what);

    private ReadOnlyMemory<byte>? Write<T>(string name, T value) =>
        _payloads.Serialize(value, $"The result of step '{name}'");
}
