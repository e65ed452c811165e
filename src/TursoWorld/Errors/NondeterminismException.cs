namespace TursoWorld;

/// <summary>
/// The code of a workflow does not fit the log of a run: it changed while the run was under way, or it depends on
/// something that is not recorded. The run is left as it was.
/// </summary>
public sealed class NondeterminismException : WorldException
{
    internal NondeterminismException(long position, string recorded, string requested)
        : this(
            position,
            recorded,
            requested,
            $"At position {position} the log has {recorded}, but the code asks for {requested}. Restore the code that the run "
            + "started with, or register the changed workflow under a new version; the run then continues by itself.")
    {
    }

    private NondeterminismException(long position, string recorded, string requested, string message)
        : base(ErrorCodes.Nondeterminism, 409, message)
    {
        Position = position;
        Recorded = recorded;
        Requested = requested;
    }

    /// <summary>Position of the event that does not fit.</summary>
    public long Position { get; }

    /// <summary>What the log has there.</summary>
    public string Recorded { get; }

    /// <summary>What the code asked for instead.</summary>
    public string Requested { get; }

    internal static NondeterminismException Foreign(long position) => new(
        position,
        "nothing",
        "the result of something that is not recorded",
        $"Behind position {position} the code awaits, or was woken by, something that is not in its log, for example Task.Delay, Task.Run, "
        + "an HTTP call, or code behind ConfigureAwait(false). Await only what the workflow's context gives out, without "
        + "ConfigureAwait(false), and put everything else into a step.");
}
