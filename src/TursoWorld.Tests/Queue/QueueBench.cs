using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Ids;
using TursoWorld.Queue;
using TursoWorld.Runtime;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Support;
using TursoWorld.Turns;
using Xunit;

namespace TursoWorld.Tests.Queue;

/// <summary>A migrated database in a file of its own and the parts of a queue, without the loops of a world.</summary>
public sealed class QueueBench : IAsyncLifetime
{
    internal static readonly WorkflowKey Workflow = new("work", 1);
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private SqliteDatabase _database = null!; // set by InitializeAsync, before any test

    internal ManualTimeProvider Clock { get; } = new();

    internal WakeHub Hub { get; } = new();

    internal WorldDiagnostics Diagnostics { get; } = new(NullLoggerFactory.Instance);

    internal ISqlDatabase Database => _database;

    internal TurnWriter Turns => new(_database, Lease, PayloadCodecs.None, Hub, Clock, new SharedRandom());

    internal string LockPrefix => Path.Combine(_folder.FullName, "queue.db-");

    private IdGenerator Ids => field ??= new(Clock);

    /// <summary>Of a world that has been at work for long enough to take up suspects.</summary>
    internal PollerRoom Room { get; private set; } = null!; // set by InitializeAsync, before any test

    public async ValueTask InitializeAsync()
    {
        Room = new PollerRoom(new Slots(20), new Suspects(Hub, Clock));
        Clock.Advance(TimeSpan.FromSeconds(10));
        var url = new DatabaseUrl(Path.Combine(_folder.FullName, "queue.db"));
        _database = SqliteDatabase.Open(url, new(Durability.Full), Diagnostics, Clock);
        await new Migrator(_database, Migration.LoadAll(), Clock, Diagnostics).MigrateAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    internal QueueStore Store(string workerId) => new(_database, workerId, Lease, Ids, Clock);

    internal WorkerRegistry Registry(string workerId) =>
        new(_database, new WorkerSettings(workerId, LockPrefix, Lease), Hub, Clock, Diagnostics);

    internal RunCommands Commands(string workerId) =>
        new(_database, new ClaimOwner(workerId, Lease), PayloadCodecs.None, Hub, Ids, Clock);

    /// <summary>Stores a run that is due now.</summary>
    internal async Task<string> StoreRunAsync(WorkflowKey? workflow = null)
    {
        var runId = Ids.NewRunId();
        await Commands("nobody").StartAsync(
            new NewRun(runId, workflow ?? Workflow, Input: null, new Dictionary<string, string>(), Retention: null), claim: false, CancellationToken.None);
        return runId;
    }

    internal async Task<List<string>> StoreRunsAsync(int count)
    {
        var runIds = new List<string>();
        for (var i = 0; i < count; i++)
        {
            runIds.Add(await StoreRunAsync());
        }

        return runIds;
    }

    internal async Task<ClaimedMessage> ClaimOneAsync(string workerId) =>
        (await Store(workerId).ClaimAsync(Workflow, ClaimRoom.For(1), CancellationToken.None)).Messages.Single();

    internal async Task<int> CountClaimableAsync(string workerId) =>
        (await Store(workerId).ClaimAsync(Workflow, ClaimRoom.For(100), CancellationToken.None)).Messages.Count;

    /// <summary>Runs a statement of the test's own.</summary>
    internal async Task<IReadOnlyList<SqlRow>> RunAsync(string sql, params (string Name, SqlValue Value)[] arguments)
    {
        var unit = new Unit(new SqlStatement(sql, arguments));
        return (await _database.WriteAsync(unit, CancellationToken.None)).ThrowUnlessCommitted().Rows[0];
    }

    internal async Task<long> NumberAsync(string sql) => (await RunAsync(sql))[0].Integer(0);

    internal async Task<string> RunIdAsync(ClaimedMessage message) =>
        (await RunAsync("SELECT run_id FROM workflow_runs WHERE run_key = @key", ("key", message.RunKey)))[0].Text(0);

    /// <summary>A turn as the handler of a run would write it.</summary>
    internal async Task<Turn> TurnAsync(
        ClaimedMessage message, MessageFate fate, params WorkflowEvent[] events) => new()
        {
            Message = message,
            RunId = await RunIdAsync(message),
            Events = events,
            Fate = fate,
            SeenWakes = message.Wakes,
        };

    internal WorkflowEvent.RunStarted Started() => new() { Position = 2, CreatedAt = Clock.GetUtcNow() };

    internal WorkflowEvent.HookCreated Hooked(string token, long position) =>
        new("hook_1", token) { Position = position, CreatedAt = Clock.GetUtcNow() };
}
