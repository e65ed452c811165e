namespace TursoWorld;

/// <summary>The run speaks a version of the contract that does not allow what was asked.</summary>
public sealed class RunNotSupportedException : WorldException
{
    internal const int SupportedSpecVersion = 5;

    private RunNotSupportedException(string message, int? runSpecVersion)
        : base(ErrorCodes.RunNotSupported, 422, message)
    {
        RunSpecVersion = runSpecVersion;
        WorldSpecVersion = SupportedSpecVersion;
    }

    /// <summary>The version that the run speaks; null when it is unknown.</summary>
    public int? RunSpecVersion { get; }

    /// <summary>The newest version that this library speaks.</summary>
    public int WorldSpecVersion { get; }

    internal static RunNotSupportedException TooNew(string runId, int? runSpecVersion) => new(
        $"Run '{runId}' was made by a runtime that speaks version {runSpecVersion} of the contract; this library speaks "
        + $"{SupportedSpecVersion}. Update the TursoWorld package.",
        runSpecVersion);

    internal static RunNotSupportedException TooNewToStore(int runSpecVersion) => new(
        $"A run of version {runSpecVersion} of the contract cannot be stored: this library speaks {SupportedSpecVersion}, and could "
        + "neither end nor delete it. Update the TursoWorld package, or let the runtime speak an older version.",
        runSpecVersion);

    internal static RunNotSupportedException Legacy(string runId, int? runSpecVersion) => new(
        $"Run '{runId}' was made by a runtime that speaks version {runSpecVersion} of the contract. Such a run can be cancelled, "
        + "and take the ends of its waits and payloads for its hooks; start a new run for anything else.",
        runSpecVersion);
}
