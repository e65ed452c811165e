using System.Diagnostics;

namespace TursoWorld.Log;

/// <summary>Statuses as the text of their columns.</summary>
internal static class StatusText
{
    public static string ToText(RunStatus status) => status switch
    {
        RunStatus.Pending => "pending",
        RunStatus.Running => "running",
        RunStatus.Paused => "paused",
        RunStatus.Completed => "completed",
        RunStatus.Failed => "failed",
        RunStatus.Cancelled => "cancelled",
        _ => throw new UnreachableException(),
    };

    public static RunStatus ToRunStatus(string text) => text switch
    {
        "pending" => RunStatus.Pending,
        "running" => RunStatus.Running,
        "paused" => RunStatus.Paused,
        "completed" => RunStatus.Completed,
        "failed" => RunStatus.Failed,
        "cancelled" => RunStatus.Cancelled,
        _ => throw Unknown(text),
    };

    public static string ToText(ParentClosePolicy policy) => policy switch
    {
        ParentClosePolicy.Cancel => "cancel",
        ParentClosePolicy.Abandon => "abandon",
        _ => throw new UnreachableException(),
    };

    public static ParentClosePolicy ToParentClosePolicy(string? text) => text switch
    {
        "cancel" => ParentClosePolicy.Cancel,
        "abandon" => ParentClosePolicy.Abandon,
        _ => throw new StorageException(
            ErrorCodes.DatabaseCorrupt,
            $"The log has a child whose parent close policy is '{text}', which this version does not know. Update the TursoWorld package.",
            isTransient: false),
    };

    private static StorageException Unknown(string text) => new(
        ErrorCodes.DatabaseCorrupt,
        $"The status of a run is '{text}', which this version does not know. Update the TursoWorld package.",
        isTransient: false);
}
