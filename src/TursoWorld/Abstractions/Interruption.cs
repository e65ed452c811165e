namespace TursoWorld.Abstractions;

/// <summary>
/// A process that died, or hung, while it had some work: the work may be to blame, or whatever else the process did. The bounds are
/// far above those of failures, because most of what is interrupted is innocent.
/// </summary>
internal static class Interruption
{
    /// <summary>So many attempts of one step, or deliveries of one message, may be interrupted; with the last the step or the message is given up.</summary>
    public const int Most = 8;

    /// <summary>So many times may a run be interrupted since its code got any further.</summary>
    public const int MostOfRun = 16;
}
