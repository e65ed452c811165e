namespace TursoWorld;

/// <summary>What is wrong in a database.</summary>
public enum IntegrityProblemKind
{
    /// <summary>SQLite finds damage in the file itself. The logs were not looked at.</summary>
    FileDamaged,

    /// <summary>A table, index, trigger or view is missing, or is not what this version of the library makes. The logs were not looked at.</summary>
    SchemaMismatch,

    /// <summary>Rows belong to a run that does not exist.</summary>
    Orphan,

    /// <summary>The positions of a log are not 1, 2, 3, ….</summary>
    LogGap,

    /// <summary>A log does not begin with the creation of its run.</summary>
    LogStart,

    /// <summary>An event is older than the one before it.</summary>
    LogOrder,

    /// <summary>An event cannot follow those before it: something ends that never began, or twice.</summary>
    LogContradiction,

    /// <summary>What an event carries besides ids and payload is not the JSON that it has to be.</summary>
    LogUnreadable,

    /// <summary>The row of a run does not say what its log says.</summary>
    RunMismatch,

    /// <summary>The row of a hook is missing, is there although the hook can no longer receive, or does not say what the log says.</summary>
    HookMismatch,

    /// <summary>The row of a child is missing, does not say what the log says, or does not fit the run that it is about.</summary>
    ChildMismatch,

    /// <summary>A run or queued step that needs a message has none, or one that needs none has one.</summary>
    MessageMismatch,

    /// <summary>The chunks of a stream are not 0, 1, 2, ….</summary>
    StreamGap,

    /// <summary>A run or a stream is noted as deleted, and is still there.</summary>
    DeletionMismatch,
}
