namespace TursoWorld;

/// <summary>
/// Durable workflows in one database: starts runs, executes those whose workflow is registered here, and shows all of them.
/// Any number of worlds, in any number of processes, may use one database. Safe for use by many threads.
/// </summary>
public sealed class World : IAsyncDisposable
{
    private readonly SharedDatabase _shared;
    private readonly WorldParts _parts;
    private readonly WorldLifecycle _lifecycle;
    private int _disposals;

    internal World(WorldSettings settings, SharedDatabase shared)
    {
        _shared = shared;
        _parts = new WorldParts(settings, shared);
        _lifecycle = new WorldLifecycle(_parts, shared, settings.Options.ShutdownTimeout);
        _parts.Takers.IsStarted = () => _lifecycle.IsRunning;
    }

    /// <summary>Reads runs, and deletes those that are over.</summary>
    public IRunStore Runs => _parts.Runs;

    /// <summary>Reads steps.</summary>
    public IStepStore Steps => _parts.Steps;

    /// <summary>Reads the logs of runs, and writes those of runs that a foreign runtime drives.</summary>
    public IEventStore Events => _parts.Events;

    /// <summary>Reads hooks that wait.</summary>
    public IHookStore Hooks => _parts.Hooks;

    /// <summary>Reads durable sleeps.</summary>
    public IWaitStore Waits => _parts.Waits;

    /// <summary>Reads what the code of runs remembers by name.</summary>
    public IStateStore State => _parts.State;

    /// <summary>Writes and reads streams of bytes.</summary>
    public IStreams Streams => _parts.Streams;

    /// <summary>What is in the queues of plain messages, and a way to pull from them.</summary>
    public IQueues Queues => _parts.Queues.Queues;

    internal SharedDatabase Shared => _shared;

    internal WorldParts Parts => _parts;

    /// <summary>Makes workflows known to this world: once started, it executes their runs. All of them, or none.</summary>
    /// <exception cref="ConflictException">A workflow of that name and version is registered already.</exception>
    /// <exception cref="InvalidRegistrationException">The constructor of a class cannot be satisfied.</exception>
    /// <exception cref="SerializationException">Values of an input or a result would not come back from JSON as they went.</exception>
    public void Register(params IReadOnlyList<WorkflowDefinition> workflows)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        RequireGiven(workflows, nameof(workflows));
        _parts.Handler.Register(workflows);
    }

    /// <summary>
    /// Makes steps known to this world: once started, it executes those that are queued, of whatever runs. All of them, or none.
    /// </summary>
    /// <exception cref="ConflictException">A step of that name is registered already.</exception>
    /// <exception cref="InvalidRegistrationException">The constructor of a class cannot be satisfied.</exception>
    /// <exception cref="SerializationException">Values of an input or a result would not come back from JSON as they went.</exception>
    public void Register(params IReadOnlyList<StepDefinition> steps)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        RequireGiven(steps, nameof(steps));
        _parts.StepWorker.Register(steps);
    }

    /// <summary>Makes a workflow or a step known that is a class; see <see cref="Workflow{TIn, TOut}"/> and <see cref="Step{TIn, TOut}"/>.</summary>
    /// <inheritdoc cref="Register(IReadOnlyList{Type})" path="/exception" />
    public void Register<T>()
        where T : class => Register(typeof(T));

    /// <summary>Makes workflows and steps known that are classes. All of them, or none.</summary>
    /// <exception cref="ConflictException">A workflow of that name and version, or a step of that name, is registered already, or two of the classes share one.</exception>
    /// <exception cref="InvalidRegistrationException">A class is neither a workflow nor a step, or its constructor cannot be satisfied.</exception>
    /// <exception cref="SerializationException">Values of an input or a result would not come back from JSON as they went.</exception>
    public void Register(params IReadOnlyList<Type> classes)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        RequireGiven(classes, nameof(classes));
        _parts.RegisterClasses(classes);
    }

    /// <summary>
    /// Begins to execute runs, those of earlier processes included. Without it, work is stored and not processed. A second
    /// call does nothing.
    /// </summary>
    /// <exception cref="StorageException">The database cannot be opened.</exception>
    /// <exception cref="SchemaException">The tables in the database do not fit this version of the library.</exception>
    /// <exception cref="InvalidOperationException">The world has been stopped, perhaps while it still opened the database.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _lifecycle.StartAsync(cancellationToken);
    }

    /// <summary>
    /// Stops executing runs: takes no new work, lets steps that are executing finish for as long as
    /// <see cref="WorldOptions.ShutdownTimeout"/>, cancels the rest, and gives all runs back, so that another process goes on
    /// with them at once. An attempt that was cancelled does not count. A second call does nothing but wait for the first.
    /// </summary>
    /// <param name="cancellationToken">
    /// Hurries: the rest of <see cref="WorldOptions.ShutdownTimeout"/> is not waited for. The call goes on for some seconds at most,
    /// throws nothing for it, and the world is stopped when it returns.
    /// </param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _lifecycle.StopAsync(cancellationToken);

    /// <summary>Starts a run. It is durable when the call returns, whether or not this world executes it.</summary>
    /// <param name="workflow">What to run; it need not be registered here.</param>
    /// <param name="input">Its input.</param>
    /// <param name="options">The id of the run, or a key that it is started by once only, its attributes, and how long it is kept, if that matters.</param>
    /// <param name="cancellationToken">Gives up; a run that was being stored by then is stored.</param>
    /// <exception cref="ArgumentException">The chosen id is no id of a run, or a run cannot be kept for so long.</exception>
    /// <exception cref="ConflictException">A run with the chosen id exists, or the key was given to one with another input.</exception>
    /// <exception cref="InvalidEventException">Attributes break their limits.</exception>
    /// <exception cref="SerializationException">The input cannot be serialized.</exception>
    /// <exception cref="PayloadCodecException">The input cannot be encoded; nothing was stored.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    public async Task<RunHandle<TOut>> StartRunAsync<TIn, TOut>(
        WorkflowDefinition<TIn, TOut> workflow,
        TIn input,
        StartRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        var runId = await StartAsync(workflow, input, options, cancellationToken).ConfigureAwait(false);
        return GetRun<TOut>(runId);
    }

    /// <summary>Starts a run of the newest version of a workflow that is registered here under a name.</summary>
    /// <inheritdoc cref="StartRunAsync{TIn, TOut}" path="/exception" />
    /// <exception cref="NotFoundException">No workflow of that name is registered here.</exception>
    /// <exception cref="ArgumentException">The workflow takes an input of another type.</exception>
    public async Task<RunHandle> StartRunAsync(
        string workflowName, object? input, StartRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(workflowName);
        var workflow = _parts.Handler.Find(workflowName) ?? throw NotFoundException.Workflow(workflowName);
        if (input is not null && !workflow.InputType.IsInstanceOfType(input))
        {
            throw new ArgumentException(
                $"Workflow '{workflowName}' takes a {workflow.InputType}, not a {input.GetType()}.", nameof(input));
        }

        return GetRun(await StartAsync(workflow, input, options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A handle on a run, which need not exist.</summary>
    public RunHandle GetRun(string runId)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        return RunHandle.Untyped(runId, Runs, Events, _parts.Results);
    }

    /// <summary>A handle on a run whose result has a known type. The run need not exist.</summary>
    public RunHandle<TOut> GetRun<TOut>(string runId)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        return new RunHandle<TOut>(runId, Runs, Events, _parts.Results, _parts.Payloads);
    }

    /// <summary>Sends a payload to a workflow that waits with <see cref="WorkflowContext.HookAsync{T}"/>, in whatever process. Durable when the call returns.</summary>
    /// <exception cref="NotFoundException">
    /// No hook with that token waits: its code is <see cref="ErrorCodes.HookUsed"/> when one has received its payload,
    /// <see cref="ErrorCodes.HookOver"/> when one was given up or its run is over, and else <see cref="ErrorCodes.HookNotFound"/>:
    /// none has been registered yet. Of hooks that are gone the latest 10,000 events of the database are asked.
    /// </exception>
    /// <exception cref="SerializationException">The payload cannot be serialized.</exception>
    /// <exception cref="PayloadCodecException">The payload cannot be encoded; nothing was sent.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    public Task ResumeHookAsync<T>(string token, T payload, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentException.ThrowIfNullOrEmpty(token);
        return _parts.Commands.ResumeHookAsync(
            token, _parts.Payloads.Serialize(payload, $"The payload for hook '{token}'"), cancellationToken);
    }

    /// <summary>Cancels every run that a query finds and that is not over.</summary>
    /// <param name="query">Which runs; null cancels all.</param>
    /// <param name="reason">Why, at most 512 characters; kept in their logs.</param>
    /// <param name="cancellationToken">Stops in between; runs that were cancelled by then stay so.</param>
    /// <returns>How many were cancelled.</returns>
    /// <exception cref="InvalidEventException">The reason is too long, and there were runs to cancel; none of them was.</exception>
    /// <exception cref="StorageException">The database refused; runs that were cancelled by then stay so.</exception>
    public Task<int> CancelRunsAsync(
        RunQuery? query = null, string? reason = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _parts.Bulk.CancelAsync(query ?? new RunQuery(), reason, cancellationToken);
    }

    /// <summary>
    /// Sends a message. It is durable when the call returns, and is delivered at least once: to a handler of a started world,
    /// or to whoever pulls it from <see cref="Queues"/>.
    /// </summary>
    /// <param name="queueName">Where to: 1 to 512 characters, no control characters, no white space at the ends.</param>
    /// <param name="payload">Any bytes.</param>
    /// <param name="options">Delay, idempotency key and headers.</param>
    /// <param name="cancellationToken">Gives up; a message that was being stored by then is stored.</param>
    /// <returns>
    /// The id of the message, <c>msg_</c> and a ULID; when the idempotency key is held, the id of the message that holds it.
    /// </returns>
    /// <exception cref="ArgumentException">Name, delay, key or headers cannot be; nothing was stored.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    public Task<string> QueueAsync(
        string queueName, ReadOnlyMemory<byte> payload, QueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _parts.StallWatch.Start();
        return _parts.Queues.SendAsync(new OutgoingMessage(queueName, payload, options), cancellationToken);
    }

    /// <summary>Sends messages: all of them, or none.</summary>
    /// <returns>Their ids, in order; see <see cref="QueueAsync"/>.</returns>
    /// <inheritdoc cref="QueueAsync" path="/exception" />
    public Task<IReadOnlyList<string>> QueueBatchAsync(
        IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentNullException.ThrowIfNull(messages);
        _parts.StallWatch.Start();
        return _parts.Queues.SendAsync(messages, cancellationToken);
    }

    /// <summary>
    /// Makes a handler known for the queues whose names begin with a prefix; the longest prefix wins. Once the world is
    /// started, it gets their messages, as many at once as <see cref="WorldOptions.Concurrency"/> allows. It may take hours. When it
    /// throws, the message is delivered again after a while, and is dead after <see cref="WorldOptions.MaxRetries"/> failures.
    /// </summary>
    /// <param name="prefix">The beginning of the names: at least one character, and what a name may have.</param>
    /// <param name="handler">Says what becomes of a message. Its token fires when its result can no longer count.</param>
    /// <param name="options">How long it may take; null: for as long as it likes.</param>
    /// <returns>Disposing it ends the registration; deliveries under way go on.</returns>
    /// <exception cref="ConflictException">That prefix has a handler.</exception>
    /// <exception cref="ArgumentException">No queue name can begin with the prefix.</exception>
    public IDisposable CreateQueueHandler(
        string prefix, Func<QueueMessage, CancellationToken, Task<QueueResult>> handler, QueueHandlerOptions? options = null)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentNullException.ThrowIfNull(handler);
        return _parts.Queues.Add(prefix, handler, options);
    }

    /// <summary>
    /// Deletes, in small units, what has expired: runs, dead messages, streams without a run, idempotency keys. A world that is
    /// started does so by itself about once a minute; several may do so at once.
    /// </summary>
    /// <exception cref="StorageException">The database refused; what was deleted by then is deleted.</exception>
    public Task<MaintenanceReport> MaintainAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _parts.Retention.PurgeAsync(cancellationToken);
    }

    /// <summary>
    /// Copies the database, as it is at one moment, into a new file, while this and other processes go on reading and writing.
    /// The copy is one file and a database of its own: nobody is at work in it. It has its name only when it is complete.
    /// </summary>
    /// <param name="path">A file that does not exist, in a folder that does: its path, or a <c>file:</c> URL as in <see cref="WorldOptions.DatabaseUrl"/>.</param>
    /// <param name="cancellationToken">Gives up; nothing stays behind.</param>
    /// <exception cref="InvalidOptionsException"><paramref name="path"/> names no file.</exception>
    /// <exception cref="ConflictException">The file exists; it was not changed.</exception>
    /// <exception cref="StorageException">The database could not be read, or the file not be written; nothing stays behind.</exception>
    public Task BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _parts.Backup.WriteAsync(WorldFactory.FileOf(path, nameof(path)), cancellationToken);
    }

    /// <summary>
    /// Checks the file with SQLite's own means, then every log for itself and every table against the logs. It changes nothing,
    /// reads everything, and may run while this and other processes work.
    /// </summary>
    /// <returns>What is wrong, at most <see cref="IntegrityReport.MaxProblems"/> problems; a sound database has none.</returns>
    /// <exception cref="StorageException">The database could not be read.</exception>
    public Task<IntegrityReport> CheckIntegrityAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _parts.Integrity.RunAsync(cancellationToken);
    }

    /// <summary>
    /// Looks whether the database can be worked with, and whether work waits in vain: reads and writes once, and waits 10 seconds for each at
    /// most. For health checks and monitors; on a server, only a write tells whether there can be others.
    /// </summary>
    /// <returns>What is wrong, if anything is; a database that cannot be reached is no exception.</returns>
    public Task<HealthReport> CheckHealthAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _parts.Health.RunAsync(cancellationToken);
    }

    /// <summary>Stops the world and closes the database if no other world of this process uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Increment(ref _disposals) > 1)
        {
            return;
        }

        try
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            await _parts.Results.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await WorldFactory.ReleaseAsync(_shared).ConfigureAwait(false);
            _parts.Queues.Dispose();
            _parts.Slots.Dispose();
            _lifecycle.Dispose();
        }
    }

    private static void RequireGiven<T>(IReadOnlyList<T> definitions, string parameter)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(definitions, parameter);
        if (definitions.Contains(null!))
        {
            throw new ArgumentNullException(parameter, "One of the definitions is null. Nothing was registered.");
        }
    }

    private bool IsDisposed => Volatile.Read(ref _disposals) > 0;

    private Task<string> StartAsync(
        WorkflowDefinition workflow, object? input, StartRunOptions? options, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _parts.StallWatch.Start();
        return _parts.Starter.StartAsync(workflow, input, options, _lifecycle.IsRunning, cancellationToken);
    }
}
