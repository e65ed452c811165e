using System.Diagnostics;

namespace TursoWorld.Tests.Crash;

/// <summary>A child that executes whatever is there, and that some of it kills.</summary>
internal static class PoisonScenario
{
    public const string Poison = "poison";

    private static readonly Lock OneAtATime = new();
    private static readonly RetryPolicy EightAttempts = RetryPolicy.Exponential(maxAttempts: 8);

    /// <summary>The code of the workflow kills.</summary>
    public static WorkflowDefinition<string, string> Code(Action<string> work) => Workflow.Define<string, string>("code", async (flow, name) =>
    {
        if (name == Poison)
        {
            work(name);
        }

        await flow.StepAsync("first", _ => Task.CompletedTask);
        await flow.StepAsync("second", _ => Task.CompletedTask);
        return name;
    });

    /// <summary>A step kills.</summary>
    public static WorkflowDefinition<string, string> Step(Func<string, CancellationToken, Task> work) => Workflow.Define<string, string>(
        "step", async (flow, name) =>
        {
            await flow.StepAsync("work", step => work(name, step.CancellationToken), new() { Retry = EightAttempts });
            return name;
        });

    /// <summary>A step that any process may execute.</summary>
    public static StepDefinition<string, string> Queued(Func<string, CancellationToken, Task> work) => TursoWorld.Step.Define<string, string>(
        "queued-work",
        async (name, step) =>
        {
            await work(name, step.CancellationToken);
            return name;
        },
        new() { Retry = EightAttempts, Mode = StepMode.Queued });

    public static WorkflowDefinition<string, string> Calling(StepDefinition<string, string> step) => Workflow.Define<string, string>(
        "calling", (flow, name) => flow.StepAsync(step, name));

    public static World Create(string path, TimeProvider? timeProvider = null) => WorldFactory.CreateWorld(new()
    {
        DatabaseUrl = "file:" + path,
        Lease = TimeSpan.FromHours(1),
        TimeProvider = timeProvider ?? TimeProvider.System,
    });

    /// <summary>Ends when nothing is left to do, unless it is killed before.</summary>
    /// <param name="args">Path of the database, and of a file that gets a line for each piece of work that was done.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var world = Create(args[0], new FastTimeProvider(20));
        var queued = Queued(WorkAsync);
        world.Register(Code(Kill), Step(WorkAsync), Calling(queued));
        world.Register(queued);
        world.CreateQueueHandler("work", async (message, cancellationToken) =>
        {
            await WorkAsync(System.Text.Encoding.UTF8.GetString(message.Payload.Span), cancellationToken);
            return QueueResult.Done;
        });
        await world.StartAsync();
        Console.Out.WriteLine("started");
        while (!await IsIdleAsync(world))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }

        return 0;

        async Task WorkAsync(string name, CancellationToken cancellationToken)
        {
            if (name == Poison)
            {
                Kill(name);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
            lock (OneAtATime)
            {
                File.AppendAllText(args[1], name + "\n");
            }
        }
    }

    private static void Kill(string name) => Process.GetCurrentProcess().Kill();

    private static async Task<bool> IsIdleAsync(World world)
    {
        var counts = await world.Runs.CountAsync();
        var queues = await world.Queues.ListAsync();
        return counts.GetValueOrDefault(RunStatus.Pending) + counts.GetValueOrDefault(RunStatus.Running) == 0
            && queues.All(queue => queue.Ready + queue.Delayed + queue.InFlight == 0);
    }
}
