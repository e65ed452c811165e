using System.Text.Json;
using System.Text.Json.Serialization;

namespace TursoWorld.Log;

/// <summary>What an event carries besides type, id and payload.</summary>
internal sealed record EventData
{
    /// <summary>The mode of a step that is a message.</summary>
    public const string Queued = "queued";

    public static readonly EventData Nothing = new();

    public string ToText() => JsonSerializer.Serialize(this, StorageJson.Default.EventData);

    [JsonIgnore]
    public StepMode StepMode => Mode == Queued ? StepMode.Queued : StepMode.Inline;

    [JsonPropertyName("stepName")]
    public string? StepName { get; init; }

    /// <summary><see cref="Queued"/>, or null.</summary>
    [JsonPropertyName("mode")]
    public string? Mode { get; init; }

    /// <summary>Whether an inline step has had no attempt yet; null for no.</summary>
    [JsonPropertyName("awaitsSlot")]
    public bool? AwaitsSlot { get; init; }

    /// <summary>The options that the call of a queued step gave.</summary>
    [JsonPropertyName("options")]
    public JsonElement? Options { get; init; }

    [JsonPropertyName("attempt")]
    public int? Attempt { get; init; }

    /// <summary>Attempts whose process went away; null for none.</summary>
    [JsonPropertyName("interruptions")]
    public int? Interruptions { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("retryAfter")]
    public long? RetryAfter { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("resumeAt")]
    public long? ResumeAt { get; init; }

    [JsonPropertyName("token")]
    public string? Token { get; init; }

    [JsonPropertyName("conflictingRunId")]
    public string? ConflictingRunId { get; init; }

    [JsonPropertyName("isWebhook")]
    public bool? IsWebhook { get; init; }

    [JsonPropertyName("isSystem")]
    public bool? IsSystem { get; init; }

    [JsonPropertyName("ownerMessageId")]
    public string? OwnerMessageId { get; init; }

    /// <summary>What the runtime has measured, as it gave it.</summary>
    [JsonPropertyName("telemetry")]
    public JsonElement? Telemetry { get; init; }

    [JsonPropertyName("deploymentId")]
    public string? DeploymentId { get; init; }

    [JsonPropertyName("executionContext")]
    public JsonElement? ExecutionContext { get; init; }

    [JsonPropertyName("attributes")]
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>New values of attributes; null removes one.</summary>
    [JsonPropertyName("changes")]
    public IReadOnlyDictionary<string, string?>? Changes { get; init; }

    /// <summary>Whether the code of a workflow of this library made the changes. Whoever is outside cannot say so.</summary>
    [JsonPropertyName("byCode")]
    public bool? IsByCode { get; init; }

    [JsonPropertyName("stepId")]
    public string? StepId { get; init; }

    [JsonPropertyName("errorCode")]
    public string? ErrorCode { get; init; }

    [JsonPropertyName("cancelReason")]
    public string? CancelReason { get; init; }

    /// <summary>Of a child.</summary>
    [JsonPropertyName("runId")]
    public string? RunId { get; init; }

    [JsonPropertyName("runStatus")]
    public string? RunStatus { get; init; }

    [JsonPropertyName("workflowName")]
    public string? WorkflowName { get; init; }

    [JsonPropertyName("workflowVersion")]
    public int? WorkflowVersion { get; init; }

    [JsonPropertyName("parentClosePolicy")]
    public string? ParentClosePolicy { get; init; }

    [JsonPropertyName("continuedFromRunId")]
    public string? ContinuedFromRunId { get; init; }

    [JsonPropertyName("continuedToRunId")]
    public string? ContinuedToRunId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("occurredAt")]
    public long? OccurredAt { get; init; }

    [JsonPropertyName("requestId")]
    public string? RequestId { get; init; }

    /// <summary>When the event was recorded, in Unix milliseconds, if that is not the instant of its row.</summary>
    [JsonPropertyName("at")]
    public long? At { get; init; }

    /// <summary>Offset and length of a payload that is not JSON and stands beside the events; null for none.</summary>
    [JsonPropertyName("bytes")]
    public IReadOnlyList<long>? Bytes { get; init; }
}

/// <summary>How the library's own facts are written as JSON.</summary>
[JsonSourceGenerationOptions(
    MaxDepth = 1_000, // what foreign runtimes give along may be nested as deeply as they like to parse it
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EventData))]
[JsonSerializable(typeof(StructuredError))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string?>))]
[JsonSerializable(typeof(IReadOnlyCollection<string>))]
internal sealed partial class StorageJson : JsonSerializerContext;
