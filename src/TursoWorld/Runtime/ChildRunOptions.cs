using System.Collections.ObjectModel;
using TursoWorld.Abstractions;

namespace TursoWorld;

/// <summary>How a child is started. Its id derives from the run that starts it; its version is that of the definition.</summary>
public sealed record ChildRunOptions
{
    internal static readonly ChildRunOptions Default = new();

    /// <summary>
    /// What becomes of the child when the run that started it ends before it. Default <see cref="ParentClosePolicy.Cancel"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public ParentClosePolicy ParentClosePolicy
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)ParentClosePolicy.Abandon, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// How long the child is kept after its end, 1 second to 36,500 days, whatever the retention of the world is;
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default null: as long as the world keeps runs. The parent keeps its result.
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
    /// Attributes that the child begins with, at most 62; see <see cref="WorkflowContext.SetAttributes"/> for their limits. They are
    /// not those of its parent. Default: none.
    /// </summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public IReadOnlyDictionary<string, string> Attributes
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = ReadOnlyDictionary<string, string>.Empty;
}
