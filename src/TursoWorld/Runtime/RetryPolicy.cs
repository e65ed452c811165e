using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>How often a step is tried, and how long to wait in between: a hundred years at most, however long a delay would be.</summary>
public sealed class RetryPolicy
{
    private readonly RetryDelays _delays;
    private readonly IReadOnlyList<FinalException> _final;

    internal RetryPolicy(int maxAttempts, RetryDelays delays, IReadOnlyList<FinalException>? final = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(delays.Jitter, "jitter");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delays.Jitter, 1, "jitter");
        MaxAttempts = maxAttempts;
        _delays = delays;
        _final = final ?? [];
    }

    /// <summary>One attempt. A step that was under way when its process died is not tried again.</summary>
    public static RetryPolicy None { get; } = new(1, new RetryDelays(RetryGrowth.Fixed, TimeSpan.Zero, TimeSpan.Zero, Jitter: 0));

    /// <summary>
    /// Four attempts, exponential from 1 s up to 60 s, ± 20 %: what a step gets that names no policy, unless
    /// <see cref="WorldOptions.DefaultRetry"/> says otherwise. They are over about 7 seconds after the first failure.
    /// </summary>
    public static RetryPolicy Default { get; } = Exponential(maxAttempts: 4);

    /// <summary>25 attempts, exponential from 1 s up to 5 minutes, ± 20 %: more than an hour. What an undo of a saga gets.</summary>
    public static RetryPolicy Patient { get; } = Exponential(maxAttempts: 25, maxDelay: TimeSpan.FromMinutes(5));

    /// <summary>Attempts altogether, the first included; at least 1.</summary>
    public int MaxAttempts { get; }

    /// <summary>Waits the same time before each further attempt.</summary>
    /// <param name="maxAttempts">Attempts altogether; at least 1.</param>
    /// <param name="delay">The time; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Fixed(int maxAttempts, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new RetryPolicy(maxAttempts, new RetryDelays(RetryGrowth.Fixed, delay, delay, Jitter: 0));
    }

    /// <summary>Waits longer by the same amount before each further attempt.</summary>
    /// <param name="maxAttempts">Attempts altogether; at least 1.</param>
    /// <param name="increment">The first delay, and what each further one adds; not negative.</param>
    /// <param name="maxDelay">The longest delay. Default 60 seconds, or the increment if that is longer.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Linear(int maxAttempts, TimeSpan increment, TimeSpan? maxDelay = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(increment, TimeSpan.Zero);
        var longest = Longest(maxDelay, increment);
        return new RetryPolicy(maxAttempts, new RetryDelays(RetryGrowth.Linear, increment, longest, Jitter: 0));
    }

    /// <summary>Waits twice as long before each further attempt.</summary>
    /// <param name="maxAttempts">Attempts altogether; at least 1.</param>
    /// <param name="initialDelay">The first delay. Default 1 second.</param>
    /// <param name="maxDelay">The longest delay, before jitter. Default 60 seconds, or the first delay if that is longer.</param>
    /// <param name="jitter">By which part a delay varies at random in both directions, 0 to 1. Default 0.2.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static RetryPolicy Exponential(
        int maxAttempts, TimeSpan? initialDelay = null, TimeSpan? maxDelay = null, double jitter = 0.2)
    {
        var first = initialDelay ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(first, TimeSpan.Zero, nameof(initialDelay));
        var longest = Longest(maxDelay, first);
        return new RetryPolicy(maxAttempts, new RetryDelays(RetryGrowth.Exponential, first, longest, jitter));
    }

    /// <summary>The same policy, but an attempt that ends with such an exception is the last one.</summary>
    /// <param name="when">Narrows it down; null takes every exception of the type, derived ones included.</param>
    /// <typeparam name="TException">Type of the exception.</typeparam>
    public RetryPolicy NotOn<TException>(Func<TException, bool>? when = null)
        where TException : Exception =>
        NotOn(new FinalException(
            exception => exception is TException match && (when is null || when(match)),
            when is null ? typeof(TException).FullName : null));

    /// <summary>The same policy, but an attempt that ends with such an exception is the last one. For names from a configuration.</summary>
    /// <param name="exceptionType">
    /// Full name of the type, for example <c>System.ArgumentException</c>; exceptions of derived types count. A name that no
    /// exception bears has no effect.
    /// </param>
    public RetryPolicy NotOn(string exceptionType)
    {
        ArgumentException.ThrowIfNullOrEmpty(exceptionType);
        return NotOn(FinalException.Named(exceptionType));
    }

    /// <summary>How long to wait, and how that grows.</summary>
    internal RetryDelays Delays => _delays;

    /// <summary>Exceptions after which another attempt is pointless.</summary>
    internal IReadOnlyList<FinalException> Final => _final;

    /// <summary>Whether another attempt is pointless after an exception.</summary>
    internal bool IsFinal(Exception exception) => _final.Any(final => final.Fits(exception));

    /// <summary>How long to wait after a failed attempt.</summary>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="random">Where jitter comes from.</param>
    internal TimeSpan DelayAfter(int attempt, Random random) =>
        _delays.After(attempt, random);

    private RetryPolicy NotOn(FinalException final) => new(MaxAttempts, _delays, [.. _final, final]);

    private static TimeSpan Longest(TimeSpan? maxDelay, TimeSpan first)
    {
        var usual = TimeSpan.FromSeconds(60);
        var longest = maxDelay ?? (first > usual ? first : usual);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, TimeSpan.Zero, nameof(maxDelay));
        return longest;
    }
}
