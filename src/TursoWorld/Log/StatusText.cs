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
        _ => throw Unknown("workflow_runs", text),
    };

    public static string ToText(StepStatus status) => status switch
    {
        StepStatus.Pending => "pending",
        StepStatus.Running => "running",
        StepStatus.Completed => "completed",
        StepStatus.Failed => "failed",
        StepStatus.Cancelled => "cancelled",
        _ => throw new UnreachableException(),
    };

    public static StepStatus ToStepStatus(string text) => text switch
    {
        "pending" => StepStatus.Pending,
        "running" => StepStatus.Running,
        "completed" => StepStatus.Completed,
        "failed" => StepStatus.Failed,
        "cancelled" => StepStatus.Cancelled,
        _ => throw Unknown("workflow_steps", text),
    };

    public static string ToText(WaitStatus status) => status switch
    {
        WaitStatus.Waiting => "waiting",
        WaitStatus.Completed => "completed",
        WaitStatus.Cancelled => "cancelled",
        _ => throw new UnreachableException(),
    };

    public static WaitStatus ToWaitStatus(string text) => text switch
    {
        "waiting" => WaitStatus.Waiting,
        "completed" => WaitStatus.Completed,
        "cancelled" => WaitStatus.Cancelled,
        _ => throw Unknown("workflow_waits", text),
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

    private static StorageException Unknown(string table, string text) => new(
        ErrorCodes.DatabaseCorrupt,
        $"The column status of table {table} has the value '{text}', which this version does not know. Update the TursoWorld package.",
        isTransient: false);
}
