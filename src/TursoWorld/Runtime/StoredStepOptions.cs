using System.Text.Json;
using System.Text.Json.Serialization;

namespace TursoWorld.Runtime;

/// <summary>The options of one call of a queued step, as they go with it to whoever executes it.</summary>
internal sealed record StoredStepOptions
{
    public required int MaxAttempts { get; init; }

    public required RetryGrowth Growth { get; init; }

    /// <summary>Ticks of 100 ns, as are all that follow.</summary>
    public required long DelayTicks { get; init; }

    public required long MaxDelayTicks { get; init; }

    public required double Jitter { get; init; }

    /// <summary>Types of exceptions; null for none.</summary>
    public IReadOnlyList<string>? NotOn { get; init; }

    public long? TimeoutTicks { get; init; }

    public long? HeartbeatTimeoutTicks { get; init; }

    /// <exception cref="ArgumentException">They depend on a function of this program.</exception>
    /// <param name="options">As the call gave them.</param>
    /// <param name="retry">Their policy, or the default of this world.</param>
    /// <param name="stepName">For the message.</param>
    public static JsonElement Write(StepOptions options, RetryPolicy retry, string stepName)
    {
        if (retry.Final.Any(final => final.TypeName is null))
        {
            throw new ArgumentException(
                $"The retry policy that step '{stepName}' is called with has a condition that is a function, which cannot go to the process "
                + "that executes a queued step. Put the policy into the definition of the step, name the exception only (NotOn<T>()), "
                + "or call the step with StepMode.Inline.");
        }

        var stored = new StoredStepOptions
        {
            MaxAttempts = retry.MaxAttempts,
            Growth = retry.Delays.Growth,
            DelayTicks = retry.Delays.First.Ticks,
            MaxDelayTicks = retry.Delays.Longest.Ticks,
            Jitter = retry.Delays.Jitter,
            NotOn = retry.Final.Count == 0 ? null : [.. retry.Final.Select(final => final.TypeName!)], // checked above
            TimeoutTicks = options.Timeout?.Ticks,
            HeartbeatTimeoutTicks = options.HeartbeatTimeout?.Ticks,
        };
        return JsonSerializer.SerializeToElement(stored, StoredStepOptionsJson.Default.StoredStepOptions);
    }

    /// <exception cref="JsonException">A later version of the library has written them.</exception>
    public static StepOptions Read(JsonElement options)
    {
        var stored = options.Deserialize(StoredStepOptionsJson.Default.StoredStepOptions)!; // never the JSON null
        var delays = new RetryDelays(
            stored.Growth, TimeSpan.FromTicks(stored.DelayTicks), TimeSpan.FromTicks(stored.MaxDelayTicks), stored.Jitter);
        return new StepOptions
        {
            Retry = new RetryPolicy(stored.MaxAttempts, delays, [.. (stored.NotOn ?? []).Select(FinalException.Named)]),
            Timeout = FromTicks(stored.TimeoutTicks),
            HeartbeatTimeout = FromTicks(stored.HeartbeatTimeoutTicks),
            Mode = StepMode.Queued,
        };
    }

    private static TimeSpan? FromTicks(long? ticks) => ticks is { } value ? TimeSpan.FromTicks(value) : null;
}

/// <summary>How options are written as JSON.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoredStepOptions))]
internal sealed partial class StoredStepOptionsJson : JsonSerializerContext;
