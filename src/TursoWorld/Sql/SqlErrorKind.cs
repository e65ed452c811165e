namespace TursoWorld.Sql;

/// <summary>What a failed statement means to the code above it, whatever the database calls it.</summary>
internal enum SqlErrorKind
{
    /// <summary>Nothing failed.</summary>
    None,

    /// <summary>A guard refused the unit; nothing of it was written.</summary>
    GuardFailed,

    /// <summary>A row with that key exists already.</summary>
    UniqueViolation,

    /// <summary>A rule of the schema other than uniqueness was broken.</summary>
    ConstraintViolation,

    /// <summary>Somebody else holds the lock, and kept it for as long as we were willing to wait.</summary>
    Busy,

    /// <summary>No room is left for the file.</summary>
    Full,

    /// <summary>The operating system failed to read or write.</summary>
    Io,

    /// <summary>The file is damaged.</summary>
    Corrupt,

    /// <summary>The file is something else.</summary>
    NotADatabase,

    /// <summary>Another file, or none, is where the one was that was opened.</summary>
    Replaced,

    /// <summary>The file can be read but not written.</summary>
    ReadOnly,

    /// <summary>The file cannot be opened.</summary>
    CannotOpen,

    /// <summary>The statement was told to stop.</summary>
    Interrupted,

    /// <summary>Memory ran out.</summary>
    OutOfMemory,

    /// <summary>A value is longer than the database takes.</summary>
    TooBig,

    /// <summary>The answer to a write was lost. No code says so: only a transport can know.</summary>
    OutcomeUnknown,

    /// <summary>Everything else; most often a mistake in a statement.</summary>
    Other,
}
