using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Runtime;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld;

/// <summary>What a world is made of, and the only place where that is put together.</summary>
internal sealed class WorldParts
{
    public WorldParts(WorldSettings settings, SharedDatabase shared)
    {
        var options = settings.Options;
        var clock = options.TimeProvider;
        var random = new SharedRandom();
        var (database, hub, diagnostics) = (shared.Database, shared.Hub, shared.Diagnostics);

        var runs = new RunStore(database);
        var events = new EventStore(database);
        var steps = new StepStore(database);
        var sweep = new DeletionSweep(database, diagnostics);
        var deletion = new RunDeletion(database, runs, sweep, hub, diagnostics);
        (Runs, Steps, Hooks, Waits) = (new DeletingRunStore(runs, deletion), steps, new HookStore(database), new WaitStore(database));
        Events = new EventLog(
            events,
            new EventCommands(
                database, runs, events, new EventRefusal(runs, steps, clock), hub, new EventSources(shared.Ids, clock)));
        Bulk = new BulkCommands(Runs, Events);

        Payloads = new JsonPayloads(options.SerializerOptions ?? JsonSerializerOptions.Default);
        Commands = new RunCommands(database, new ClaimSettings(shared.WorkerId, options.Lease), hub, shared.Ids, clock);
        Slots = new Slots(settings.Concurrency);
        var reader = new RunReader(database, events, runs);
        var turns = new TurnWriter(database, options.Lease, hub, clock, random);
        var runner = new StepRunner(turns, new StepProgress(database, clock), Payloads, Slots, clock, diagnostics);
        var services = new RunServices(turns, reader, runner, Payloads, hub, clock, random, diagnostics, options.LoggerFactory);
        Handler = new WorkflowHandler(services, options.MaxLiveRuns);
        Results = new RunResults(services, Handler.IsExecuting);

        var queue = new QueueStore(database, shared.WorkerId, options.Lease, shared.Ids, clock);
        Poller = new Poller(queue, Handler, hub, clock, diagnostics);
        Queues = new WorldQueues(settings, shared, Slots, random);
        Keeper = new LeaseKeeper(queue, [Handler, Queues.Leases], options.Lease, clock, diagnostics);

        Retention = new Retention(
            sweep,
            new RunPurge(database, deletion, diagnostics),
            new StreamPurge(database, sweep, hub),
            new QueuePurge(database, diagnostics),
            new RetentionSettings(options.Retention, options.DeadMessageRetention),
            clock);
        RetentionLoop = new RetentionLoop(Retention, clock, random, diagnostics);
        Backup = new Backup(database, diagnostics);
        Integrity = new IntegrityCheck(database);
    }

    public IRunStore Runs { get; }

    public IStepStore Steps { get; }

    public IEventStore Events { get; }

    public IHookStore Hooks { get; }

    public IWaitStore Waits { get; }

    public BulkCommands Bulk { get; }

    public JsonPayloads Payloads { get; }

    public RunCommands Commands { get; }

    public Slots Slots { get; }

    public WorkflowHandler Handler { get; }

    public RunResults Results { get; }

    public Poller Poller { get; }

    public WorldQueues Queues { get; }

    public LeaseKeeper Keeper { get; }

    public Retention Retention { get; }

    public RetentionLoop RetentionLoop { get; }

    public Backup Backup { get; }

    public IntegrityCheck Integrity { get; }
}
