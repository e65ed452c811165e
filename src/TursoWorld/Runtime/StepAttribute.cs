namespace TursoWorld;

/// <summary>Names a step that is a class, see <see cref="Step{TIn, TOut}"/>, and says how it is executed by calls that give no options.</summary>
/// <param name="name">Names the step in the log and its queue: 1 to 200 letters, digits, or <c>. _ - / :</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class StepAttribute(string name) : Attribute
{
    private StepMode? _mode;
    private int? _maxAttempts;

    /// <summary>Names the step in the log and its queue; unique among the steps of a world.</summary>
    public string Name => name;

    /// <summary>
    /// Attempts altogether, at least 1, with exponential delays from 1 s up to 60 s, ± 20 %. Default: 4, or what
    /// <see cref="WorldOptions.DefaultRetry"/> of the world says that executes the step.
    /// </summary>
    public int MaxAttempts
    {
        get => _maxAttempts ?? RetryPolicy.Default.MaxAttempts;
        set => _maxAttempts = value;
    }

    /// <summary>See <see cref="StepOptions.Timeout"/>; seconds, up to 30 days. Default 0: no limit.</summary>
    public double TimeoutSeconds { get; set; }

    /// <summary>See <see cref="StepOptions.HeartbeatTimeout"/>; seconds, up to 30 days. Default 0: no limit.</summary>
    public double HeartbeatTimeoutSeconds { get; set; }

    /// <summary>Who executes the step. Default: <see cref="WorldOptions.StepMode"/> of the world that has the run.</summary>
    public StepMode Mode
    {
        get => _mode ?? StepMode.Inline;
        set => _mode = value;
    }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal StepOptions ToOptions() => new()
    {
        Retry = _maxAttempts is { } attempts ? RetryPolicy.Exponential(attempts) : null,
        Timeout = Seconds(TimeoutSeconds),
        HeartbeatTimeout = Seconds(HeartbeatTimeoutSeconds),
        Mode = _mode,
    };

    private static TimeSpan? Seconds(double seconds) => seconds switch
    {
        0 => null,
        > 0 and <= 30 * 86_400d => TimeSpan.FromSeconds(seconds),
        _ => throw new ArgumentOutOfRangeException(nameof(seconds), seconds, "A limit of a step is more than 0 and at most 30 days, or 0 for none."),
    };
}
