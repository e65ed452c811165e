using System.Collections.ObjectModel;
using TursoWorld.Abstractions;
using TursoWorld.Ids;

namespace TursoWorld;

/// <summary>How a run is started.</summary>
public sealed record StartRunOptions
{
    private const int LongestKey = 512;

    /// <summary>
    /// The id of the run: <c>wrun_</c> and a ULID (26 characters of Crockford's base 32, the first not above 7). Choosing it
    /// makes starting idempotent: a second start with the same id is a <see cref="ConflictException"/>. Default: a fresh id.
    /// </summary>
    /// <exception cref="ArgumentException">It is no id of a run.</exception>
    public string? RunId
    {
        get;
        init => field = value is null || IdGenerator.IsRunId(value)
            ? value
            : throw new ArgumentException($"'{value}' is no run id: it must be 'wrun_' and a ULID.", nameof(value));
    }

    /// <summary>
    /// A key of one's own, for example the number of an order: the first start of a workflow with it starts a run, and every further one
    /// gets that run, or the one that it goes on as, whatever its other options are. The input must be the same each time, as the
    /// serializer writes it; another one is a <see cref="ConflictException"/>. The key is held while the run is stored, and for
    /// <see cref="KeyRetention"/>. 1 to 512 characters; stored as it is. Default null: a run of its own each time.
    /// </summary>
    /// <exception cref="ArgumentException">The key is empty or too long, or has a NUL or half of a character.</exception>
    public string? Key
    {
        get;
        init
        {
            if (value is { Length: 0 or > LongestKey })
            {
                throw new ArgumentException($"The key of a run has 1 to {LongestKey} characters; this one has {value.Length}.", nameof(value));
            }

            field = value is not null && WellFormed.ProblemOf(value, "The key of a run") is { } problem
                ? throw new ArgumentException(problem, nameof(value))
                : value;
        }
    }

    /// <summary>
    /// How long <see cref="Key"/> is held after the end of the run, 0 to 36,500 days, also when the run is deleted before that;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever. A start with the key of a run that is deleted starts none, and gets a handle on it,
    /// which finds no result. Default 0: as long as the run is stored.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of that range.</exception>
    public TimeSpan KeyRetention
    {
        get;
        init => field = value == Timeout.InfiniteTimeSpan || (value >= TimeSpan.Zero && value <= TimeSpan.FromDays(36_500))
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value), value, "A key is held for 0 to 36500 days, or for ever with Timeout.InfiniteTimeSpan.");
    }

    /// <summary>
    /// How long this run is kept after its end, 1 second to 36,500 days, whatever the retention of the world is;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default null: as long as the world keeps runs.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is out of that range.</exception>
    public TimeSpan? Retention
    {
        get;
        init
        {
            Durations.RequireRunRetention(value, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Attributes that the run begins with; see <see cref="WorkflowContext.SetAttributes"/> for their limits. Default: none.
    /// </summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public IReadOnlyDictionary<string, string> Attributes
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ReadOnlyDictionary<string, string>.Empty;
}
