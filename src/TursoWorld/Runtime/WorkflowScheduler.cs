namespace TursoWorld.Runtime;

/// <summary>
/// Runs the code of one workflow: on one thread at a time, in the order in which it became ready, and only while
/// <see cref="Drain"/> is being called. What waits for a result is a pending task and is simply not here.
/// </summary>
internal sealed class WorkflowScheduler : TaskScheduler
{
    // Guards the queue: code that awaited something foreign comes back on a foreign thread.
    private readonly Lock _lock = new();
    private readonly Queue<Task> _ready = new();
    private int _drainingThread;
    private Action<object?>? _posted; // made from a callback that is the same nearly always

    /// <summary>Raised when something came back that is not durable, such as a timer or a thread-pool task.</summary>
    public event Action? Foreign;

    public override int MaximumConcurrencyLevel => 1;

    public CodeGate Gate { get; } = new();

    /// <summary>Whether the caller is code of the workflow.</summary>
    public bool IsInside => Environment.CurrentManagedThreadId == _drainingThread && Current == this && !Gate.IsGivenUp;

    /// <summary>Runs everything that can run.</summary>
    public void Drain()
    {
        _drainingThread = Environment.CurrentManagedThreadId;
        var outside = SynchronizationContext.Current;
        try
        {
            while (!Gate.IsGivenUp && TryDequeue(out var task))
            {
                // Another one each time: what was begun in this very one may be continued in place, and not in the order of the queue.
                SynchronizationContext.SetSynchronizationContext(new CodeContext(this));
                TryExecuteTask(task);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outside);
            _drainingThread = 0;
        }
    }

    /// <summary>Makes a callback ready.</summary>
    public void Post(SendOrPostCallback callback, object? state)
    {
        var posted = _posted;
        if (!ReferenceEquals(posted?.Target, callback))
        {
            _posted = posted = callback.Invoke;
        }

        Task.Factory.StartNew(posted!, state, CancellationToken.None, TaskCreationOptions.None, this); // has a target, so it is not null
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            _ready.Enqueue(task);
        }

        if (!IsDeliveringHere && !Gate.IsGivenUp)
        {
            Foreign?.Invoke();
        }
    }

    // Never inline: the order of the queue is the order of the code.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
        {
            return _ready.ToArray();
        }
    }

    /// <summary>Calls a function that makes code ready, then runs that code, unless it was given up.</summary>
    /// <exception cref="CodeGivenUpException">It was given up meanwhile.</exception>
    public void DrainAfter<T>(Action<T> deliver, T argument)
    {
        if (!Gate.TryEnter())
        {
            deliver(argument);
            return;
        }

        try
        {
            _drainingThread = Environment.CurrentManagedThreadId;
            deliver(argument);
            Drain();
        }
        finally
        {
            Gate.Leave();
        }
    }

    private bool IsDeliveringHere => Environment.CurrentManagedThreadId == _drainingThread;

    private bool TryDequeue(out Task task)
    {
        lock (_lock)
        {
            return _ready.TryDequeue(out task!); // assigned whenever it returns true
        }
    }
}
