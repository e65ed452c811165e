using System.Text.Json.Serialization;

namespace TursoWorld.Storage;

/// <summary>The column <c>data</c> of <c>workflow_events</c>: what an event carries besides ids and payload.</summary>
internal sealed record EventData
{
    [JsonPropertyName("stepName")]
    public string? StepName { get; init; }

    [JsonPropertyName("attempt")]
    public int? Attempt { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("retryAfter")]
    public long? RetryAfter { get; init; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("resumeAt")]
    public long? ResumeAt { get; init; }

    [JsonPropertyName("token")]
    public string? Token { get; init; }
}

/// <summary>How the library's own facts are written as JSON.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EventData))]
[JsonSerializable(typeof(StructuredError))]
internal sealed partial class StorageJson : JsonSerializerContext;
