using System.Diagnostics;

namespace TursoWorld.Sql.LibSql;

/// <summary>How long something that fails is tried again, with pauses that grow and that no two processes share.</summary>
internal sealed class Patience(TimeSpan bound, Random random)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _next = FirstPause;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

    /// <param name="retryAfter">What the server asks for.</param>
    /// <param name="stopping">Ends the patience.</param>
    /// <returns>False when it is over: nothing is to be tried again.</returns>
    public async Task<bool> PauseAsync(TimeSpan? retryAfter, CancellationToken stopping)
    {
        var pause = (retryAfter ?? _next) * (0.5 + random.NextDouble());
        _next = _next * 2 < LongestPause ? _next * 2 : LongestPause;
        if (stopping.IsCancellationRequested || Elapsed + pause > bound)
        {
            return false;
        }

        await Task.Delay(pause, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }
}
