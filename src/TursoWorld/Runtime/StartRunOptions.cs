using System.Collections.ObjectModel;

namespace TursoWorld;

/// <summary>How a run is started.</summary>
public sealed record StartRunOptions
{
    /// <summary>
    /// The id of the run: <c>wrun_</c> and a ULID (26 characters of Crockford's base 32, the first not above 7). Choosing it
    /// makes starting idempotent: a second start with the same id is a <see cref="ConflictException"/>. Default: a fresh id.
    /// </summary>
    public string? RunId { get; init; }

    /// <summary>
    /// How long this run is kept after its end, 1 second to 36,500 days, whatever the retention of the world is;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default null: as long as the world keeps runs.
    /// </summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>
    /// Attributes that the run begins with; see <see cref="WorkflowContext.SetAttributes"/> for their limits. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
