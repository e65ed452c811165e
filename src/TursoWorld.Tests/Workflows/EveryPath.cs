using System.Text;
using TursoWorld.Tests.Contract;

namespace TursoWorld.Tests.Workflows;

/// <summary>Puts a marked secret into a world on every path that a payload can take, and reads all of them again.</summary>
internal static class EveryPath
{
    public const string RunId = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    /// <summary>One per path, so that a path that is forgotten has a name.</summary>
    public static readonly IReadOnlyList<string> Secrets =
    [
        .. new[]
        {
            "input", "step", "attempt", "caught", "hook", "transaction", "output", "error", "foreign-input", "foreign-late",
            "foreign-step", "foreign-lazy", "foreign-output", "foreign-error", "metadata", "payload", "header", "chunk", "many", "state",
            "step-input", "progress",
        }.Select(path => $"SECRET-{path}-SECRET"),
    ];

    private static readonly StepDefinition<string, int> Defined =
        Step.Define<string, int>("defined", (text, _) => Task.FromResult(text.Length));

    public static readonly WorkflowDefinition<string, string> Code = Workflow.Define<string, string>("paths", async (flow, input) =>
    {
        var step = await flow.StepAsync("step", _ => Task.FromResult(Secret("step")));
        await flow.StepAsync(
            "attempt",
            context => context.Attempt == 1 ? throw new InvalidOperationException(Secret("attempt")) : Task.CompletedTask,
            new() { Retry = RetryPolicy.Fixed(2, TimeSpan.Zero) });
        try
        {
            await flow.StepAsync("caught", async context =>
            {
                await context.HeartbeatAsync(Secret("progress"));
                throw new FatalStepException(Secret("caught"));
            });
        }
        catch (StepFailedException)
        {
            // What it threw is in the log.
        }

        await flow.StepAsync(Defined, Secret("step-input"));
        flow.State.Set("state", Secret("state"));
        var transaction = await flow.TransactionAsync("transaction", (_, _) => Task.FromResult(Secret("transaction")));
        var hook = await flow.HookAsync<string>("paths");
        return string.Join(' ', Secret("output"), input, step, transaction, hook);
    });

    public static readonly WorkflowDefinition<int, int> Failing = Workflow.Define<int, int>(
        "failing", (_, _) => throw new InvalidOperationException("outer", new InvalidOperationException(Secret("error"))));

    public static string Secret(string path) => $"SECRET-{path}-SECRET";

    /// <summary>Everything that can be written from outside, and starts both workflows.</summary>
    /// <returns>The id of a run of a foreign runtime, and that of one that failed.</returns>
    public static async Task<(string Running, string Failed)> WriteAsync(World world, CancellationToken limit)
    {
        await world.StartRunAsync(Code, Secret("input"), new() { RunId = RunId }, limit);
        await world.StartRunAsync(Failing, 1, cancellationToken: limit);
        var running = (await world.Events.CreateAsync(
            null, Created("foreign-input"), cancellationToken: limit)).Run!.RunId;
        await world.AddAsync(running, new WorkflowEventData.RunStarted());
        await world.AddAsync(running, new WorkflowEventData.StepCreated("step_a", "a", Bytes("foreign-step")));
        await world.AddAsync(running, new WorkflowEventData.StepStarted("step_b")
        {
            Created = new WorkflowEventData.StepCreated("step_b", "b", Bytes("foreign-lazy")),
        });
        await world.AddAsync(running, new WorkflowEventData.StepCompleted("step_b", Bytes("foreign-output")));
        await world.AddAsync(running, new WorkflowEventData.HookCreated("hook_a", "foreign") { Metadata = Bytes("metadata") });
        var failed = world.Shared.Ids.NewRunId();
        await world.AddAsync(failed, new WorkflowEventData.RunStarted { Created = Created("foreign-late") });
        await world.AddAsync(failed, new WorkflowEventData.RunFailed(Bytes("foreign-error")));
        await world.QueueAsync(
            "plain", Bytes("payload"), new() { Headers = new Dictionary<string, string> { ["x"] = Secret("header") } }, limit);
        await world.Streams.WriteAsync(RunId, "out", Bytes("chunk"), limit);
        await world.Streams.WriteManyAsync(RunId, "out", [Bytes("many"), default], limit);
        return (running, failed);
    }

    /// <summary>Every text that the stores give out.</summary>
    public static async Task<string> ReadAsync(World world, CancellationToken limit)
    {
        var text = new StringBuilder();
        foreach (var run in (await world.Runs.ListAsync(cancellationToken: limit)).Items)
        {
            Add(text, run.Input, run.Output, run.ErrorPayload);
            text.AppendLine(run.Error?.ToString());
            foreach (var entry in (await world.Events.ListAsync(run.RunId, cancellationToken: limit)).Items)
            {
                text.AppendLine(entry.ToString());
                Add(text, entry is WorkflowEvent.HookReceived received ? received.Payload : null);
            }

            foreach (var entry in (await world.State.ListAsync(run.RunId, cancellationToken: limit)).Items)
            {
                Add(text, entry.Value);
            }

            foreach (var step in (await world.Steps.ListAsync(run.RunId, cancellationToken: limit)).Items)
            {
                Add(text, step.Input, step.Output, step.ErrorPayload, step.Progress);
            }
        }

        foreach (var hook in (await world.Hooks.ListAsync(null, cancellationToken: limit)).Items)
        {
            Add(text, hook.Metadata);
        }

        foreach (var chunk in (await world.Streams.GetChunksAsync(RunId, "out", null, limit)).Chunks.Items)
        {
            Add(text, chunk.Content);
        }

        foreach (var message in await world.Queues.ReceiveAsync("plain", 10, TimeSpan.FromSeconds(1), default, limit))
        {
            Add(text, message.Payload);
            text.AppendJoin(' ', message.Headers.Values);
            await world.Queues.ReleaseAsync(message.Receipt, default, limit);
        }

        return text.ToString();
    }

    private static WorkflowEventData.RunCreated Created(string path) => new("foreign", Bytes(path)) { SpecVersion = 5 };

    private static ReadOnlyMemory<byte> Bytes(string path) => Encoding.UTF8.GetBytes(Secret(path));

    private static void Add(StringBuilder text, params ReadOnlySpan<ReadOnlyMemory<byte>?> payloads)
    {
        foreach (var payload in payloads)
        {
            text.AppendLine(payload is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null);
        }
    }
}
