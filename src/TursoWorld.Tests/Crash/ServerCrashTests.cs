using System.Globalization;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>Several processes on one server, all of which are killed in turn, the server included.</summary>
public sealed class ServerCrashTests : IDisposable
{
    private const int Runs = 1_000;
    private const int Steps = 5;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_run_completes_though_workers_and_the_server_are_killed()
    {
        await using var server = await SqldServer.StartAsync();
        await using var client = WorldFactory.CreateWorld(OptionsOf(server.Url.AbsoluteUri));
        await using var first = StartWorker(server, "first");
        await using var second = StartWorker(server, "second");
        await first.PrintedAsync("ready");
        await second.PrintedAsync("ready");

        var running = Task.WhenAll(Enumerable.Range(0, Runs).Select(number => RunAsync(client, number)));
        await first.PrintedAsync("100 steps");
        await first.KillAsync();
        await using var third = StartWorker(server, "third");
        await second.PrintedAsync("900 steps");
        await server.KillAsync();
        await server.StartAsync();
        await third.PrintedAsync("300 steps");
        await second.KillAsync();
        await using var fourth = StartWorker(server, "fourth");
        var results = await running.WaitAsync(Limit, Cancellation);

        var recorded = results.SelectMany(result => result.Split('|')).ToList();
        recorded.Should().HaveCount(Runs * Steps).And.OnlyHaveUniqueItems();
        recorded.Except(ReadEffects()).Should().BeEmpty("what is recorded was executed");
        ReadEffects().Should().OnlyHaveUniqueItems("nobody executes an attempt that somebody else was given");
        (await client.CheckIntegrityAsync(Cancellation)).Problems.Should().BeEmpty();
        var copy = _folder.At("copy.db");
        await client.BackupAsync(copy, Cancellation);
        DatabaseCheck.AssertAllIsOverAndConsistent(copy);
        DatabaseCheck.Scalar<long>(copy, "SELECT count(*) FROM workflow_events WHERE event_type = 'step_completed'")
            .Should().Be(Runs * Steps);
    }

    /// <summary>Works on whatever comes, until it is killed.</summary>
    /// <param name="args">Where the server is, and the path of the ledger.</param>
    internal static async Task<int> WorkAsync(string[] args)
    {
        var steps = 0;
        var oneAtATime = new Lock();
        await using var world = WorldFactory.CreateWorld(OptionsOf(args[0]));
        world.Register(FiveSteps(step =>
        {
            var line = $"{step.IdempotencyKey} {step.Attempt}";
            lock (oneAtATime)
            {
                File.AppendAllLines(args[1], [line]);
                if (++steps % 100 == 0)
                {
                    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{steps} steps"));
                    Console.Out.Flush();
                }
            }

            return Task.FromResult(line);
        }));
        await world.StartAsync();
        await Console.Out.WriteLineAsync("ready");
        await Console.Out.FlushAsync();

        // Until the parent goes away, if it does not kill us before.
        await Console.In.ReadLineAsync();
        return 0;
    }

    private static WorkflowDefinition<int, string> FiveSteps(Func<StepContext, Task<string>> effect) =>
        Workflow.Define<int, string>("five", async (flow, _) =>
        {
            var lines = new List<string>();
            for (var step = 1; step <= Steps; step++)
            {
                // An attempt that was interrupted counts, whether or not its code had begun.
                lines.Add(await flow.StepAsync(
                    string.Create(CultureInfo.InvariantCulture, $"step {step}"),
                    effect,
                    new() { Retry = RetryPolicy.Fixed(20, TimeSpan.FromMilliseconds(10)) }));
            }

            return string.Join('|', lines);
        });

    private static WorldOptions OptionsOf(string url) => new() { DatabaseUrl = url, Lease = Lease, MaxLiveRuns = 100 };

    /// <summary>Starts a run and waits for its result, as a client does that knows what a server may do to it.</summary>
    private static async Task<string> RunAsync(World client, int number)
    {
        var runId = "wrun_" + number.ToString("D26", CultureInfo.InvariantCulture);
        var five = FiveSteps(_ => throw new InvalidOperationException("The client has no worker."));
        await InsistAsync(async () =>
        {
            try
            {
                await client.StartRunAsync(five, number, new StartRunOptions { RunId = runId }, Cancellation);
            }
            catch (ConflictException)
            {
                // Stored by an attempt whose answer was lost.
            }

            return true;
        });
        return await InsistAsync(() => client.GetRun<string>(runId).ResultAsync(Cancellation));
    }

    private static async Task<T> InsistAsync<T>(Func<Task<T>> action)
    {
        while (true)
        {
            try
            {
                return await action();
            }
            catch (StorageException exception) when (exception.IsTransient || exception.Code == ErrorCodes.OutcomeUnknown)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Cancellation);
            }
        }
    }

    private ChildProcess StartWorker(SqldServer server, string name) =>
        ChildProcess.Start("work-on-server", server.Url.AbsoluteUri, _folder.At($"ledger-{name}.txt"));

    private List<string> ReadEffects() =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(_folder.Ledger)!, "ledger-*").SelectMany(File.ReadLines)]; // in a folder
}
