namespace TursoWorld.Turns;

/// <summary>A row of a run, of one of the tables that follow its log, or of the log.</summary>
internal sealed class IntegrityRow
{
    public const long Run = 1;
    public const long Hook = 2;
    public const long Child = 3;
    public const long StepMessage = 4;
    public const long Log = 5;

    public long run_key { get; init; }

    /// <summary>Which table it is from.</summary>
    public long kind { get; init; }

    /// <summary>Where the event stands, or the one that made what the row is about.</summary>
    public long position { get; init; }

    /// <summary>Of the run, the hook or the child; of a message the step.</summary>
    public string? id { get; init; }

    /// <summary>The status; of an event its type.</summary>
    public string? state { get; init; }

    /// <summary>The latest event about it.</summary>
    public long? latest_position { get; init; }

    /// <summary>When the run ended.</summary>
    public long? instant { get; init; }

    /// <summary>Of a run its messages, of a child whether its parent waits for it.</summary>
    public long? number { get; init; }

    /// <summary>When the run was created, or the event.</summary>
    public long? created_at { get; init; }

    /// <summary>When the run began.</summary>
    public long? started_at { get; init; }

    /// <summary>Of a run its attributes, of a hook its token, of a message its id, of a child its run.</summary>
    public string? text { get; init; }

    /// <summary>Of a row of the log.</summary>
    public byte[]? events { get; init; }

    /// <summary>Of a row of the log.</summary>
    public byte[]? payloads { get; init; }
}
