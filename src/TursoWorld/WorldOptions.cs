using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TursoWorld;

/// <summary>How a world works. An option that is null takes its environment variable, then its default.</summary>
public sealed class WorldOptions
{
    /// <summary>
    /// Where the database is: <c>file:</c> and a path (relative, absolute, spaces allowed, <c>%20</c> and the like decoded); the URL of
    /// a libSQL server (<c>libsql://</c>, <c>https://</c>, <c>http://</c>); or <c>:memory:</c> for one of its own that ends with the
    /// world. Environment: <c>WORKFLOW_TURSO_DATABASE_URL</c>. Default <c>file:workflow.db</c>.
    /// </summary>
    public string? DatabaseUrl { get; set; }

    /// <summary>
    /// The token that a server asks for; without one, the <c>authToken</c> of the URL. Never sent unencrypted to another machine.
    /// Environment: <c>WORKFLOW_TURSO_AUTH_TOKEN</c>. Default: none.
    /// </summary>
    public string? AuthToken { get; set; }

    /// <summary>Steps and queue handlers executing at once, 1 to 10,000. Environment: <c>WORKFLOW_CONCURRENCY</c>. Default 20.</summary>
    public int? Concurrency { get; set; }

    /// <summary>
    /// Runs held in memory, 1 to 1,000,000: those with steps under way, and parked ones as far as there is room. Further
    /// runs wait in the database. Default 1,000.
    /// </summary>
    public int MaxLiveRuns { get; set; } = 1_000;

    /// <summary>
    /// How often a server is asked whether another process has written, 20 milliseconds to 10 seconds. With more than the least, it is
    /// asked up to ten times less often while nobody writes. Files are watched without it. That of the first world of the process
    /// that has the database open counts. Default 100 milliseconds.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a run that this process works on stays its own without renewal, 1 second to 1 day. A process that dies is
    /// noticed at once; this bounds how long one that hangs is waited for, where that of the first world of the process that has
    /// the database open counts. Default 30 seconds.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long stopping waits for steps that are executing before it cancels them, 0 to 1 day. Default 30 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a file is waited for that another process keeps locked, in a transaction or while it opens the file, 1 second to 1 hour:
    /// by whoever writes or reads, and by what opens the database. Then the call fails with <see cref="ErrorCodes.DatabaseBusy"/>, and has
    /// written nothing. Worlds of one process that share a database need the same. For a server, 30 seconds count whatever this says.
    /// Default 30 seconds.
    /// </summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the code of a workflow may go on without coming to an await, 1 second to 1 day, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>. Code that takes longer blocks, or computes: its run is given up here until it comes to rest,
    /// and says so (<see cref="WorkflowRun.BlockedReason"/>). Not watched under a debugger. Default 10 seconds.
    /// </summary>
    public TimeSpan WorkflowYieldLimit { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an idempotency key of a message holds at least, from when the message was sent, 0 to 1 day. It holds longer
    /// while the message is not finished. Default 5 seconds.
    /// </summary>
    public TimeSpan IdempotencyTtl { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Failures after which a plain message that is sent by this world is dead, 1 to 1,000. Messages of a runtime on top, whose
    /// queue names begin with <c>__wkf_</c> or <c>__&lt;namespace&gt;_wkf_</c>, never are. Default 3.
    /// </summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>
    /// The most bytes of one input, result, hook payload, value of the state, or plain message, as the serializer wrote it and before codecs:
    /// 1,000 to 1,000,000,000. What is larger is refused before anything is written: a step whose result is too large has a failed attempt, which
    /// its retry policy hears of. A libSQL server answers with at most 10 MB at once by default. Default 4 MiB (4,194,304).
    /// </summary>
    public int MaxPayloadBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// The service that gets messages of a runtime on top when no handler of this world does: an absolute <c>http://</c> or
    /// <c>https://</c> URL. Environment: <c>WORKFLOW_SERVICE_URL</c>; without it, <c>http://localhost</c> at the port that
    /// <c>PORT</c> names. Default: none.
    /// </summary>
    public string? BaseUrl { get; set; }

    /// <summary>
    /// How long runs are kept after their end, 1 second to 36,500 days; then a world that is started, or
    /// <see cref="World.MaintainAsync"/>, deletes them with everything they own. It applies to runs of any age, except those
    /// with a <see cref="StartRunOptions.Retention"/> of their own. Streams whose run is not stored are deleted when nobody has
    /// written to them for as long. Default null: runs and streams are kept.
    /// </summary>
    public TimeSpan? Retention { get; set; }

    /// <summary>
    /// How long dead messages are kept after their death, 1 second to 36,500 days; then a world that is started, or
    /// <see cref="World.MaintainAsync"/>, deletes them, whichever world has sent them. Default null: they are kept.
    /// </summary>
    public TimeSpan? DeadMessageRetention { get; set; }

    /// <summary>
    /// Who executes steps that have a definition and do not say so themselves, in runs that this world executes. Steps whose
    /// code is passed to the call are always inline. Default <see cref="StepMode.Inline"/>.
    /// </summary>
    public StepMode StepMode { get; set; } = StepMode.Inline;

    /// <summary>
    /// How often steps are tried that name no policy: not in <see cref="StepOptions.Retry"/>, of the call or of the definition. Queued ones
    /// take it of the world that executes them, or of the one that calls them with options. Default <see cref="RetryPolicy.Default"/>:
    /// 4 attempts, which are over after about 7 seconds. When what steps call is away for longer, they fail for good, and their runs with
    /// them; a program whose steps are to outlast an outage takes <see cref="RetryPolicy.Patient"/>, or a policy of its own.
    /// </summary>
    public RetryPolicy DefaultRetry { get; set; } = RetryPolicy.Default;

    /// <summary>What an acknowledged write to a file survives; a server decides for itself. Default <see cref="Durability.Full"/>.</summary>
    public Durability Durability { get; set; } = Durability.Full;

    /// <summary>
    /// Whether a file is opened although the loaded SQLite has the WAL-reset bug: committed transactions can be lost, and the file
    /// damaged. With false the first use of the database fails with <see cref="ErrorCodes.SqliteUnsafe"/>; with true it logs a warning.
    /// The bundled SQLite does not have the bug; servers and <c>:memory:</c> are not concerned. Worlds of
    /// one process that share a database need the same. Environment: <c>WORKFLOW_ALLOW_UNSAFE_SQLITE</c> (<c>true</c> or <c>false</c>). Default false.
    /// </summary>
    public bool? AllowUnsafeSqlite { get; set; }

    /// <summary>
    /// How payloads are written to JSON and read, unless there is a <see cref="Serializer"/>; copied when the world is made. Default: the
    /// defaults of System.Text.Json, with <c>IncludeFields</c>, so that tuples survive. With a <c>JsonSerializerContext</c> as its only
    /// resolver, nothing is written or read by reflection. Types whose values would come back as others are refused.
    /// </summary>
    public JsonSerializerOptions? SerializerOptions { get; set; }

    /// <summary>
    /// What turns payloads into bytes in place of JSON; not together with <see cref="SerializerOptions"/>. Every world that
    /// executes or reads the same runs needs the same one. Default null: JSON.
    /// </summary>
    public IPayloadSerializer? Serializer { get; set; }

    /// <summary>
    /// What changes payloads on their way into the database, in this order; reading goes the other way. Put compression in front
    /// of encryption. Every world that reads the same payloads needs the codecs that they were stored with, and every codec has an
    /// id of its own. Default: none.
    /// </summary>
    public IReadOnlyList<IPayloadCodec> Codecs { get; set; } = [];

    /// <summary>
    /// Where classes that are registered get what their constructors ask for. Each execution has a scope of its own where the
    /// provider has scopes. The world does not dispose it. Default null: constructors without parameters only.
    /// </summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>
    /// Where log lines go. Those of the library have the category <c>TursoWorld</c>, and go where the first world of the process
    /// that has the database open says; those of <see cref="WorkflowContext.Logger"/> have <c>TursoWorld.Workflow.</c> and the name
    /// of the workflow, and go where the world says that executes it. Default: nowhere.
    /// </summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>
    /// The clock of sleeps, retries and leases; that of the first world of the process that has the database open counts. Default:
    /// the system's.
    /// </summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>What a server is to take for its own name, where one has several databases; null for the one in the URL.</summary>
    internal string? DatabaseHost { get; set; }

    /// <summary>By which code is watched: the time that passes for threads, whatever time it is in the world.</summary>
    internal TimeProvider CodeClock { get; set; } = TimeProvider.System;
}
