using System.Text.Json;

namespace TursoWorld.Log;

/// <summary>The types of events, as the log has them.</summary>
internal static class EventTypes
{
    private static readonly string[] All =
    [
        "step_completed", "step_created", "step_started", "step_retrying", "step_failed", "step_cancelled",
        "wait_created", "wait_completed", "wait_cancelled", "hook_created", "hook_received", "hook_conflict", "hook_disposed",
        "run_created", "run_started", "run_completed", "run_failed", "run_cancelled", "run_paused", "run_resumed",
        "attr_set", "state_set", "child_started", "child_ended", "child_cancelled",
    ];

    /// <summary>The type that a reader stands at. One that is not known is returned as it is.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        foreach (var type in All)
        {
            if (reader.ValueTextEquals(type))
            {
                return type;
            }
        }

        return reader.GetString();
    }
}
