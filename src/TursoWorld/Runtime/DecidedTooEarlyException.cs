namespace TursoWorld.Runtime;

/// <summary>
/// The code has ended, or given up a hook, behind an event, and before that could be recorded the log got something for the code from
/// somebody who was told that it is accepted. The code is to decide again, and to hear of both at once. Never leaves the runtime.
/// </summary>
internal sealed class DecidedTooEarlyException(long decidedAt, long position)
    : Exception($"The code decided behind event {decidedAt} what it may decide otherwise when it hears of event {position}.")
{
    /// <summary>The positions behind which the code is not to run: it hears of them together with the one that follows the last.</summary>
    public IEnumerable<long> Positions
    {
        get
        {
            for (var held = decidedAt; held < position; held++)
            {
                yield return held;
            }
        }
    }
}
