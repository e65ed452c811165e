using System.Diagnostics;

namespace TursoWorld.Sql;

/// <summary>Something that waits for the writer: a unit, or a turn alone on the connection.</summary>
internal abstract class WriterJob
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Withdrawn = 2;

    private int _state = Waiting;

    /// <summary>When somebody began to wait: a timestamp of <see cref="Stopwatch"/>.</summary>
    public long AskedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>The writer's claim on the job; false when its caller has withdrawn it.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>The caller's withdrawal; false when the writer has taken the job already.</summary>
    protected bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;

    /// <summary>Nobody waits for it.</summary>
    public virtual bool CanWait => false;

    public abstract void Fail(Exception exception);
}

/// <summary>A job whose caller waits for an answer of type <typeparamref name="T"/>.</summary>
internal abstract class WriterJob<T> : WriterJob
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _withdrawal;

    /// <summary>Ends with the answer.</summary>
    public Task<T> Task => _answer.Task;

    /// <summary>Lets a token withdraw the job, only while it still waits. Call it before the job waits.</summary>
    public void WithdrawOn(CancellationToken cancellationToken) => _withdrawal = cancellationToken.UnsafeRegister(
        static (state, token) =>
        {
            var job = (WriterJob<T>)state!; // passed in the line below
            if (job.TryWithdraw())
            {
                job._answer.TrySetCanceled(token);
            }
        },
        this);

    public void Answer(T answer)
    {
        _withdrawal.Unregister();
        _answer.TrySetResult(answer);
    }

    public override void Fail(Exception exception)
    {
        _withdrawal.Unregister();
        _answer.TrySetException(exception);
    }
}

/// <summary>A unit that waits for the next commit.</summary>
internal sealed class UnitJob(Unit unit) : WriterJob<UnitResult>
{
    public Unit Unit => unit;

    /// <summary>A timestamp of the writer's clock; zero for a unit that somebody waits for.</summary>
    public long QueuedAt { get; init; }

    public override bool CanWait => Unit.CanWait;
}

/// <summary>Work that needs the writer's connection while no transaction is open.</summary>
internal abstract class SoloJob<T> : WriterJob<T>, ISoloJob
{
    public abstract Task RunAsync();
}

/// <summary>What the writer knows of a <see cref="SoloJob{T}"/>.</summary>
internal interface ISoloJob
{
    Task RunAsync();
}

/// <summary>A function that is run between two commits.</summary>
internal sealed class FunctionJob<T>(Func<Task<T>> function) : SoloJob<T>
{
    public override async Task RunAsync() => Answer(await function().ConfigureAwait(false));
}
