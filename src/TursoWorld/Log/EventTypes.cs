using System.Text;
using System.Text.Json;

namespace TursoWorld.Log;

/// <summary>The types of events, as the log has them.</summary>
internal static class EventTypes
{
    // The most frequent first.
    private static readonly (string Text, byte[] Bytes)[] All =
    [
        .. new[]
        {
            "step_completed", "step_created", "step_started", "step_retrying", "step_failed", "step_cancelled",
            "wait_created", "wait_completed", "wait_cancelled", "hook_created", "hook_received", "hook_conflict", "hook_disposed",
            "run_created", "run_started", "run_completed", "run_failed", "run_cancelled", "run_paused", "run_resumed",
            "attr_set", "state_set", "child_started", "child_ended", "child_cancelled",
        }.Select(text => (text, Encoding.UTF8.GetBytes(text))),
    ];

    /// <summary>The type that a reader of one piece of memory stands at. One that is not known is returned as it is.</summary>
    public static string? Read(ref Utf8JsonReader reader)
    {
        foreach (var (text, bytes) in All)
        {
            if (reader.ValueSpan.SequenceEqual(bytes))
            {
                return text;
            }
        }

        return reader.GetString();
    }
}
