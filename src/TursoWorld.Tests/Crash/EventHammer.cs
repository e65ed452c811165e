using System.Text;
using TursoWorld.Tests.Contract;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// What two processes do at the same time to the same runs, by events from outside, to the same stream, and to the same messages. Each says in lines what it was told, so that
/// both accounts can be compared with the log.
/// </summary>
internal sealed class EventHammer(World world, string who, string[] runIds, bool isAlone = false)
{
    public const string Run = "run";
    public const string Hook = "hook";
    public const string Step = "step";
    public const string Stream = "stream";
    public const string Message = "message";
    public const int Steps = 40;
    public const string StreamName = "out";

    private const string Prefix = "did ";
    private const int Workers = 8;
    private const int Rounds = 25;

    private int _appended;
    private int _held;
    private int _written;

    /// <summary>What everybody wants to have.</summary>
    public string Token => isAlone ? $"the token of {who}" : "the token";

    public static World Create(string path) => WorldFactory.CreateWorld(new() { DatabaseUrl = "file:" + path });

    /// <summary>The child: hammers when it is told to, and prints its account.</summary>
    /// <param name="args">Path of the database, what to hammer, and the ids of the runs.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var world = Create(args[0]);
        await WarmUpAsync(world, args[1], "theirs");
        CrashPoint.Reach("ready");
        foreach (var line in await new EventHammer(world, "theirs", args[2..]).HammerAsync(args[1]))
        {
            await Console.Out.WriteLineAsync(Prefix + line);
        }

        return 0;
    }

    /// <summary>The same alone, to be quick when it counts: a process that compiles its code meanwhile comes too late.</summary>
    public static async Task WarmUpAsync(World world, string what, string who)
    {
        var runId = await world.RunningAsync();
        await new EventHammer(world, who, [runId], isAlone: true).HammerAsync(what);
    }

    /// <summary>The account in the output of a child.</summary>
    public static List<string> AccountOf(string output) =>
        [.. output.Split(Environment.NewLine).Where(line => line.StartsWith(Prefix, StringComparison.Ordinal)).Select(line => line[Prefix.Length..])];

    public async Task<List<string>> HammerAsync(string what)
    {
        var accounts = await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => what switch
        {
            Run => AppendAndEndAsync(runIds[0], $"{who}-{worker}"),
            Hook => TakeAndFreeAsync(runIds[worker % runIds.Length], $"{who}-{worker}"),
            Step => StartAndCompleteAsync(runIds[0], $"{who}-{worker}"),
            Stream => WriteAsync(runIds[0], $"{who}-{worker}"),
            Message => SendAndCompleteAsync(),
            _ => throw new ArgumentException($"Nobody knows how to hammer '{what}'.", nameof(what)),
        })));
        return [.. accounts.SelectMany(account => account)];
    }

    /// <summary>Records events, and when both processes have, ends the run; until somebody else has ended it.</summary>
    private async Task<List<string>> AppendAndEndAsync(string runId, string worker)
    {
        var account = new List<string>();
        for (var i = 0; ; i++)
        {
            var (code, done) = await TryAsync(runId, new WorkflowEventData.StepCreated($"{worker}-{i}", "step", null));
            account.Add(code ?? $"appended {done!.Event!.Position}");
            if (code is not null)
            {
                return account;
            }

            // The log is longer than this process can have made it: its first two events, and what it has in flight.
            var own = Interlocked.Increment(ref _appended);
            if (i >= Rounds && (isAlone || done!.Event!.Position > own + 2 + Workers))
            {
                break;
            }
        }

        var (refusal, ended) = await TryAsync(runId, new WorkflowEventData.RunCompleted(Encoding.UTF8.GetBytes(worker)));
        account.Add(refusal ?? $"ended {ended!.Event!.Position}");
        return account;
    }

    /// <summary>Takes the token, uses the hook and gives it up, or is told who has it.</summary>
    private async Task<List<string>> TakeAndFreeAsync(string runId, string worker)
    {
        var account = new List<string>();
        for (var i = 0; i < Rounds || Volatile.Read(ref _held) == 0; i++)
        {
            var hookId = $"{worker}-{i}";
            var done = await world.Events.CreateAsync(runId, new WorkflowEventData.HookCreated(hookId, Token));
            account.Add(done.Event is WorkflowEvent.HookConflict ? "conflict" : "held");
            if (done.Hook is not null)
            {
                Interlocked.Increment(ref _held);
                await world.Events.CreateAsync(runId, new WorkflowEventData.HookReceived(hookId, null));
                await world.Events.CreateAsync(runId, new WorkflowEventData.HookDisposed(hookId));
            }
        }

        return account;
    }

    /// <summary>Starts each step unless somebody else has, and completes it unless somebody else has.</summary>
    private async Task<List<string>> StartAndCompleteAsync(string runId, string worker)
    {
        var account = new List<string>();
        for (var i = 0; i < Steps; i++)
        {
            var stepId = $"step_{i}";
            var start = new WorkflowEventData.StepStarted(stepId)
            {
                Created = new WorkflowEventData.StepCreated(stepId, "step", null),
                OwnerMessageId = worker,
            };
            account.Add((await TryAsync(runId, start)).Code ?? $"started {stepId} {worker}");
            var complete = new WorkflowEventData.StepCompleted(stepId, Encoding.UTF8.GetBytes(worker));
            account.Add((await TryAsync(runId, complete)).Code ?? $"completed {stepId} {worker}");
        }

        return account;
    }

    /// <summary>Writes chunks until both processes have.</summary>
    private async Task<List<string>> WriteAsync(string runId, string worker)
    {
        var account = new List<string>();
        for (var i = 0; i < Rounds || !(isAlone || await HasChunksOfOthersAsync(runId)); i++)
        {
            account.Add($"{worker} {i}");
            Interlocked.Increment(ref _written);
            await world.Streams.WriteAsync(runId, StreamName, Encoding.UTF8.GetBytes(account[^1]));
        }

        return account;
    }

    private async Task<bool> HasChunksOfOthersAsync(string runId) =>
        (await world.Streams.GetInfoAsync(runId, StreamName)).TailIndex + 1 > Volatile.Read(ref _written);

    /// <summary>Sends what everybody sends, under the same keys, and completes what nobody else gets.</summary>
    private async Task<List<string>> SendAndCompleteAsync()
    {
        var account = new List<string>();
        for (var i = 0; i < Steps; i++)
        {
            var id = await world.QueueAsync(Token, default, new() { IdempotencyKey = $"key {i}" });
            account.Add($"sent {i} {id}");
        }

        while (await world.Queues.ReceiveAsync(Token, max: 1, visibility: TimeSpan.FromHours(1)) is [var received])
        {
            await world.Queues.CompleteAsync(received.Receipt);
            account.Add($"completed {received.MessageId} {received.Attempt}");
        }

        return account;
    }

    private async Task<(string? Code, EventResult? Done)> TryAsync(string runId, WorkflowEventData data)
    {
        try
        {
            return (null, await world.Events.CreateAsync(runId, data));
        }
        catch (WorldException exception)
        {
            return ($"{exception.HttpStatus} {exception.Code}", null);
        }
    }
}
