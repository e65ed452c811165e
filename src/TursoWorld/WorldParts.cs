using TursoWorld.Abstractions;
using TursoWorld.Contract;
using TursoWorld.Log;
using TursoWorld.Queue;
using TursoWorld.Runtime;
using TursoWorld.Schema;
using TursoWorld.Storage;
using TursoWorld.Streaming;
using TursoWorld.Turns;

namespace TursoWorld;

/// <summary>What a world is made of, and the only place where that is put together.</summary>
internal sealed class WorldParts
{
    public WorldParts(WorldSettings settings, SharedDatabase shared)
    {
        var options = settings.Options;
        var clock = shared.Clock;
        var random = new SharedRandom();
        var (database, hub, diagnostics) = (shared.Database, shared.Hub, shared.Diagnostics);

        var codecs = new PayloadCodecs(options.Codecs);
        Payloads = options.Serializer is { } serializer
            ? new JsonPayloads(serializer) { MostBytes = options.MaxPayloadBytes }
            : new JsonPayloads(options.SerializerOptions) { MostBytes = options.MaxPayloadBytes };
        var runs = new RunStore(database, codecs);
        var events = new EventStore(database, codecs);
        var states = new RunStates(database);
        var steps = new StepStore(database, runs, states, events, codecs);
        var sweep = new DeletionSweep(database, diagnostics);
        var deletion = new RunDeletion(database, runs, sweep, shared.Cascade, hub, diagnostics);
        var overdue = new OverdueWork(database, clock);
        (Runs, Steps, Hooks, Waits) = (new DeletingRunStore(runs, overdue, deletion), steps, new HookStore(database, codecs), new WaitStore(runs, states));
        Events = new EventLog(
            events,
            runs,
            new EventCommands(
                database, runs, events, steps, states, hub, new EventSources(shared.Ids, clock, codecs, options.MaxPayloadBytes)),
            shared.Cascade);
        Bulk = new BulkCommands(Runs, Events);

        State = new StateStore(runs, states, events, codecs, Payloads);

        var reader = new RunReader(database, events, runs);
        var streams = new Streams(database, reader, codecs, shared.StreamHub, clock);
        Streams = streams;
        Commands = new RunCommands(database, new ClaimOwner(shared.WorkerId, options.Lease), codecs, hub, shared.Ids, clock);
        Slots = new Slots(settings.Concurrency);
        var turns = new TurnWriter(database, options.Lease, codecs, hub, clock, random);
        var runner = new StepRunner(turns, new StepProgress(database, streams, codecs, clock), Payloads, Slots, clock, diagnostics);
        Suspects = new Suspects(hub, clock);
        var room = new PollerRoom(Slots, Suspects);
        var services = new RunServices(
            turns, reader, runner, Suspects, Payloads, new Activation(options.Services), new HangingRuns(), hub, clock, random, diagnostics,
            options.LoggerFactory, options.StepMode, options.DefaultRetry);
        Handler = new WorkflowHandler(services, options.MaxLiveRuns);
        CodeWatch = new CodeWatch(Handler, options.WorkflowYieldLimit, options.CodeClock);
        var queuedSteps = new QueuedSteps(
            database, states, events, new ClaimOwner(shared.WorkerId, options.Lease), codecs, hub, shared.Ids, clock);
        StepWorker = new StepWorker(services, queuedSteps);
        StepPoller = new StepPoller(queuedSteps, StepWorker, room, hub, clock, diagnostics);
        Starter = new RunStarter(Commands, Handler, Payloads, shared.Ids);
        Results = new RunResults(services, Handler.IsExecuting);

        var queue = new QueueStore(database, shared.WorkerId, options.Lease, shared.Ids, clock);
        Poller = new Poller(queue, Handler, room, hub, clock, diagnostics);
        Queues = new WorldQueues(settings, shared, codecs, room, random);
        Keeper = new LeaseKeeper(queue, [Handler, StepWorker, Queues.Leases], options.Lease, clock, diagnostics);

        Retention = new Retention(
            new UnfinishedWork(sweep, shared.Cascade),
            new RunPurge(database, deletion, new RunKeys(database, codecs, clock), diagnostics),
            new StreamPurge(database, sweep, hub),
            new QueuePurge(database, diagnostics),
            new RetentionSettings(options.Retention, options.DeadMessageRetention),
            clock);
        RetentionLoop = new RetentionLoop(Retention, clock, random, diagnostics);
        Backup = new Backup(database, diagnostics);
        Integrity = new IntegrityCheck(database, token => SchemaCheck.FindProblemsAsync(database, token));
        Takers = new WorkTakers(Handler, StepWorker, Queues.Leases, Queues.HasHandler);
        var stalls = new StallCheck(overdue, Slots, Takers, clock);
        StallWatch = new StallWatch(stalls, clock, diagnostics);
        Health = new HealthCheck(database, stalls, settings.Database.Server is not null, clock, options.CodeClock);
    }

    /// <summary>Registers workflows and steps that are classes: all of them, or none.</summary>
    public void RegisterClasses(IReadOnlyList<Type> classes)
    {
        StepDefinition[] steps = [.. classes.Where(StepClasses.IsStep).Select(StepClasses.Define)];
        WorkflowDefinition[] workflows = [.. classes.Where(type => !StepClasses.IsStep(type)).Select(WorkflowClasses.Define)];
        StepWorker.Register(steps);
        try
        {
            Handler.Register(workflows);
        }
        catch
        {
            StepWorker.Remove(steps);
            throw;
        }
    }

    public IRunStore Runs { get; }

    public IStepStore Steps { get; }

    public IEventStore Events { get; }

    public IHookStore Hooks { get; }

    public IWaitStore Waits { get; }

    public IStateStore State { get; }

    public IStreams Streams { get; }

    public BulkCommands Bulk { get; }

    public JsonPayloads Payloads { get; }

    public RunCommands Commands { get; }

    public Slots Slots { get; }

    public Suspects Suspects { get; }

    public WorkflowHandler Handler { get; }

    public CodeWatch CodeWatch { get; }

    /// <summary>Executes queued steps.</summary>
    public StepWorker StepWorker { get; }

    public StepPoller StepPoller { get; }

    public RunStarter Starter { get; }

    public RunResults Results { get; }

    public Poller Poller { get; }

    public WorldQueues Queues { get; }

    public LeaseKeeper Keeper { get; }

    public Retention Retention { get; }

    public RetentionLoop RetentionLoop { get; }

    public Backup Backup { get; }

    public IntegrityCheck Integrity { get; }

    public HealthCheck Health { get; }

    public WorkTakers Takers { get; }

    public StallWatch StallWatch { get; }
}
