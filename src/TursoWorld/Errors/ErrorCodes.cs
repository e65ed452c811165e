namespace TursoWorld;

/// <summary>The stable codes of <see cref="WorldException.Code"/> and <see cref="StructuredError.Code"/>.</summary>
public static class ErrorCodes
{
    /// <summary>Code of a workflow or step threw.</summary>
    public const string UserError = "USER_ERROR";

    /// <summary>The process that executed the last allowed attempt of a step went away before the end was recorded.</summary>
    public const string StepInterrupted = "STEP_INTERRUPTED";

    /// <summary>
    /// An attempt of a step could not begin in a process: what is recorded could not be read there, or no instance of its class be made. It does
    /// not count.
    /// </summary>
    public const string StepNotReady = "STEP_NOT_READY";

    /// <summary>An attempt of a step took longer than it may.</summary>
    public const string StepTimeout = "STEP_TIMEOUT";

    /// <summary>An attempt of a step was silent for longer than it may.</summary>
    public const string StepHeartbeatTimeout = "STEP_HEARTBEAT_TIMEOUT";

    /// <summary>Code of a step reported progress although nothing of its attempt can count any more.</summary>
    public const string StepCancelled = "STEP_CANCELLED";

    /// <summary>A run was taken up too often without getting any further.</summary>
    public const string MaxDeliveriesExceeded = "MAX_DELIVERIES_EXCEEDED";

    /// <summary>The code of a workflow does not fit the log of a run, or awaited something foreign.</summary>
    public const string Nondeterminism = "NONDETERMINISM";

    /// <summary>The code of a workflow does not come to an await.</summary>
    public const string WorkflowHangs = "WORKFLOW_HANGS";

    /// <summary>The run does not exist.</summary>
    public const string RunNotFound = "RUN_NOT_FOUND";

    /// <summary>No hook with that token exists: none was registered yet, or nothing is known of it any more.</summary>
    public const string HookNotFound = "HOOK_NOT_FOUND";

    /// <summary>The hook with that token has received its payload.</summary>
    public const string HookUsed = "HOOK_USED";

    /// <summary>The hook with that token was given up by its workflow, or its run is over.</summary>
    public const string HookOver = "HOOK_OVER";

    /// <summary>The workflow is not registered with this world.</summary>
    public const string WorkflowNotFound = "WORKFLOW_NOT_FOUND";

    /// <summary>A workflow of that name and version is registered already.</summary>
    public const string DuplicateWorkflow = "DUPLICATE_WORKFLOW";

    /// <summary>A step of that name is registered already.</summary>
    public const string DuplicateStep = "DUPLICATE_STEP";

    /// <summary>A run with that id exists already.</summary>
    public const string RunConflict = "RUN_CONFLICT";

    /// <summary>The key of a run was given to one with another input.</summary>
    public const string RunKeyConflict = "RUN_KEY_CONFLICT";

    /// <summary>The run is not over, which what was asked for needs.</summary>
    public const string RunNotOver = "RUN_NOT_OVER";

    /// <summary>The token of a hook is held by another hook.</summary>
    public const string HookConflict = "HOOK_CONFLICT";

    /// <summary>A handler for that prefix of queue names is registered already.</summary>
    public const string DuplicateQueueHandler = "DUPLICATE_QUEUE_HANDLER";

    /// <summary>No dead message with that id exists.</summary>
    public const string MessageNotFound = "MESSAGE_NOT_FOUND";

    /// <summary>The receipt of a pulled message is used up, or the message came back in the meantime.</summary>
    public const string ReceiptStale = "RECEIPT_STALE";

    /// <summary>Part of a workflow did not end in time.</summary>
    public const string WorkflowTimeout = "WORKFLOW_TIMEOUT";

    /// <summary>Items of a loop failed.</summary>
    public const string ItemsFailed = "ITEMS_FAILED";

    /// <summary>A step failed for good.</summary>
    public const string StepFailed = "STEP_FAILED";

    /// <summary>A child ended with an error.</summary>
    public const string ChildFailed = "CHILD_FAILED";

    /// <summary>A child was cancelled, from outside or by its own workflow.</summary>
    public const string ChildCancelled = "CHILD_CANCELLED";

    /// <summary>A saga failed, and some of it could not be undone.</summary>
    public const string CompensationFailed = "COMPENSATION_FAILED";

    /// <summary>A run ended with an error.</summary>
    public const string RunFailed = "RUN_FAILED";

    /// <summary>A run was cancelled from outside.</summary>
    public const string RunCancelled = "RUN_CANCELLED";

    /// <summary>A run that is over goes on as another one, which is the one to cancel, pause or change.</summary>
    public const string RunContinued = "RUN_CONTINUED";

    /// <summary>A run was cancelled by its own workflow.</summary>
    public const string WorkflowCancelled = "WORKFLOW_CANCELLED";

    /// <summary>An event was recorded already, or what it is about is over.</summary>
    public const string EventConflict = "EVENT_CONFLICT";

    /// <summary>A run that is over was to be taken up.</summary>
    public const string RunExpired = "RUN_EXPIRED";

    /// <summary>
    /// The run is driven by the runtime of this library. It can be cancelled, paused and resumed, get attributes, and payloads
    /// for its hooks.
    /// </summary>
    public const string RunOwned = "RUN_OWNED";

    /// <summary>The run is paused, and begins nothing.</summary>
    public const string RunPaused = "RUN_PAUSED";

    /// <summary>The run speaks a version of the contract that does not allow what was asked.</summary>
    public const string RunNotSupported = "RUN_NOT_SUPPORTED";

    /// <summary>The next attempt of a step is not due yet.</summary>
    public const string TooEarly = "TOO_EARLY";

    /// <summary>What an event rests on has changed since.</summary>
    public const string PreconditionFailed = "PRECONDITION_FAILED";

    /// <summary>There is no such step.</summary>
    public const string StepNotFound = "STEP_NOT_FOUND";

    /// <summary>There is no such wait.</summary>
    public const string WaitNotFound = "WAIT_NOT_FOUND";

    /// <summary>The state of the run has no such key.</summary>
    public const string StateNotFound = "STATE_NOT_FOUND";

    /// <summary>There is no such event.</summary>
    public const string EventNotFound = "EVENT_NOT_FOUND";

    /// <summary>An event has ids, names or sizes that cannot be recorded.</summary>
    public const string InvalidEvent = "INVALID_EVENT";

    /// <summary>Attributes of a run break their limits.</summary>
    public const string InvalidAttributes = "INVALID_ATTRIBUTES";

    /// <summary>A key of the state of a run is too long, or has characters that it may not have.</summary>
    public const string InvalidStateKey = "INVALID_STATE_KEY";

    /// <summary>A stream that was being read has been deleted, with its run; or its run is over, and has never written to it.</summary>
    public const string StreamNotFound = "STREAM_NOT_FOUND";

    /// <summary>A stream is closed, by itself or by the end of its run.</summary>
    public const string StreamClosed = "STREAM_CLOSED";

    /// <summary>A stream cannot have that name, or a chunk that size.</summary>
    public const string InvalidStream = "INVALID_STREAM";

    /// <summary>A value cannot be turned into bytes, or bytes not into the value.</summary>
    public const string Serialization = "SERIALIZATION";

    /// <summary>A value has more bytes than are taken.</summary>
    public const string PayloadTooLarge = "PAYLOAD_TOO_LARGE";

    /// <summary>An option has an unusable value.</summary>
    public const string InvalidOptions = "INVALID_OPTIONS";

    /// <summary>A class cannot be used for what it was registered as.</summary>
    public const string InvalidRegistration = "INVALID_REGISTRATION";

    /// <summary>A payload was stored with a codec that this world does not have.</summary>
    public const string CodecUnknown = "CODEC_UNKNOWN";

    /// <summary>A payload was encrypted with a key that this world does not have.</summary>
    public const string KeyUnknown = "KEY_UNKNOWN";

    /// <summary>A codec failed.</summary>
    public const string CodecFailed = "CODEC_FAILED";

    /// <summary>A stored payload is not what was stored.</summary>
    public const string PayloadDamaged = "PAYLOAD_DAMAGED";

    /// <summary>A page cursor was not issued by this list.</summary>
    public const string InvalidCursor = "INVALID_CURSOR";

    /// <summary>A file exists that would have to be overwritten.</summary>
    public const string FileExists = "FILE_EXISTS";

    /// <summary>The database cannot be opened.</summary>
    public const string DatabaseUnavailable = "DATABASE_UNAVAILABLE";

    /// <summary>The loaded SQLite can lose committed transactions of a file.</summary>
    public const string SqliteUnsafe = "SQLITE_UNSAFE";

    /// <summary>The server does not accept the token.</summary>
    public const string DatabaseAccessDenied = "DATABASE_ACCESS_DENIED";

    /// <summary>The server answers reads, and leaves writes without an answer.</summary>
    public const string DatabaseStalled = "DATABASE_STALLED";

    /// <summary>The database does not accept writes.</summary>
    public const string DatabaseReadOnly = "DATABASE_READ_ONLY";

    /// <summary>The file is not a SQLite database.</summary>
    public const string NotADatabase = "NOT_A_DATABASE";

    /// <summary>The file is damaged.</summary>
    public const string DatabaseCorrupt = "DATABASE_CORRUPT";

    /// <summary>The file, or its write-ahead log, was deleted, moved, replaced or overwritten while this process had it open.</summary>
    public const string DatabaseReplaced = "DATABASE_REPLACED";

    /// <summary>The disk is full.</summary>
    public const string DiskFull = "DISK_FULL";

    /// <summary>The operating system failed to read or write.</summary>
    public const string Io = "IO";

    /// <summary>Another process holds the database, or the server is overloaded.</summary>
    public const string DatabaseBusy = "DATABASE_BUSY";

    /// <summary>A statement failed for a reason that has no code of its own.</summary>
    public const string Storage = "STORAGE";

    /// <summary>The answer to a write was lost; it may or may not have taken effect.</summary>
    public const string OutcomeUnknown = "OUTCOME_UNKNOWN";

    /// <summary>The database belongs to a newer version of this library.</summary>
    public const string SchemaTooNew = "SCHEMA_TOO_NEW";

    /// <summary>The database was changed by a migration that is not the one of this library.</summary>
    public const string SchemaMismatch = "SCHEMA_MISMATCH";
}
