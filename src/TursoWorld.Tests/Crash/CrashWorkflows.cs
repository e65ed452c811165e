using Dapper;

namespace TursoWorld.Tests.Crash;

/// <summary>
/// The workflows of the crash tests. Child and parent define the same ones; only in the child do they stand still at
/// points. A plain step leaves a line in the ledger, a transactional one a row in the database.
/// </summary>
internal sealed class CrashWorkflows(string ledger, Action<string> reach)
{
    public const string HookToken = "go-on";

    // An interrupted attempt is followed by the next one without a pause, so a run parks where its code waits and nowhere else.
    private static readonly StepOptions AtOnce = new() { Retry = RetryPolicy.Fixed(4, TimeSpan.Zero) };

    private readonly Lock _oneAtATime = new();
    private readonly TaskCompletionSource _slowHasBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _afterHook = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A bit of everything: step, transactional step, hook, sleep, step.</summary>
    public WorkflowDefinition<string, string> Journey => Workflow.Define<string, string>("journey", async (flow, me) =>
    {
        var first = await flow.StepAsync("first", step => Effect(step), AtOnce);
        var row = await flow.TransactionAsync("transact", async (transaction, step) =>
        {
            await transaction.Connection.ExecuteAsync(
                "CREATE TABLE IF NOT EXISTS effects (effect TEXT); INSERT INTO effects VALUES (@Line)",
                new { Line = Line(step) });
            reach($"in {step.StepName}");
            return Line(step);
        }, AtOnce);
        var answer = await flow.HookAsync<string>(HookToken);
        await flow.SleepAsync(TimeSpan.FromMilliseconds(20));
        var last = await flow.StepAsync("last", step => Effect(step));
        return string.Join(" | ", me, first, row, answer, last);
    });

    /// <summary>A step that may be attempted once only.</summary>
    public WorkflowDefinition<string, string> Fragile => Workflow.Define<string, string>(
        "fragile", (flow, _) => flow.StepAsync("only", step => Effect(step), new() { Retry = RetryPolicy.None }));

    /// <summary>Three steps, one after the other.</summary>
    public WorkflowDefinition<int, string> Three => Workflow.Define<int, string>("three", async (flow, _) =>
    {
        var a = await flow.StepAsync("a", step => Effect(step));
        var b = await flow.StepAsync("b", step => Effect(step));
        var c = await flow.StepAsync("c", step => Effect(step));
        return string.Join('|', a, b, c);
    });

    /// <summary>A step that lasts until something that only happens after the hook.</summary>
    public WorkflowDefinition<string, string> Busy => Workflow.Define<string, string>("busy", async (flow, _) =>
    {
        var busy = flow.StepAsync("long", async step =>
        {
            reach("in long");
            await _afterHook.Task.WaitAsync(step.CancellationToken);
            return Line(step);
        });
        var answer = await flow.HookAsync<string>(HookToken);
        await flow.StepAsync("after hook", _ =>
        {
            _afterHook.SetResult();
            return Task.CompletedTask;
        });
        return $"{answer} | {await busy}";
    });

    /// <summary>A saga that fails after its fourth attempt to charge, and is undone.</summary>
    public WorkflowDefinition<string, string> Order => Workflow.Define<string, string>("order", (flow, _) =>
        flow.SagaAsync<string>(async saga =>
        {
            await saga.StepAsync("reserve", step => Effect(step), (_, step) => Effect(step));
            saga.OnFailure("undo-charge", step => Effect(step));
            return await flow.StepAsync<string>(
                "charge",
                async step =>
                {
                    await Effect(step);
                    throw new InvalidOperationException($"declined {step.Attempt}");
                },
                new() { Retry = RetryPolicy.Fixed(4, TimeSpan.FromMilliseconds(1)) });
        }));

    /// <summary>A step that goes on from what an earlier attempt reported.</summary>
    public WorkflowDefinition<string, string> Reporting => Workflow.Define<string, string>("reporting", (flow, _) =>
        flow.StepAsync("report", async step =>
        {
            if (step.LastProgress<int?>() is { } line)
            {
                return $"from {line} in attempt {step.Attempt}";
            }

            await step.HeartbeatAsync(7);
            reach("reported");
            return "";
        }));

    /// <summary>A step that lasts for ever, given up when another one has ended; then one more.</summary>
    public WorkflowDefinition<string, string> Cancelling => Workflow.Define<string, string>("cancelling", async (flow, _) =>
    {
        await flow.ScopeAsync(async scope =>
        {
            var slow = flow.StepAsync("slow", async step =>
            {
                await Effect(step);
                _slowHasBegun.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, step.CancellationToken);
            });
            await flow.StepAsync("quick", async step =>
            {
                await _slowHasBegun.Task;
                await Effect(step);
            });
            scope.Cancel();
            await slow.ContinueWith(_ => { }, TaskScheduler.Current);
        });
        return await flow.StepAsync("last", step => Effect(step));
    });

    /// <summary>Says after each step how far it is: in its state, and in an attribute.</summary>
    public WorkflowDefinition<string, string> Remembering => Workflow.Define<string, string>("remembering", async (flow, _) =>
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await flow.StepAsync(name, step => Effect(step));
            flow.State.Set("done", flow.State.TryGet<string>("done", out var done) ? done + name : name);
            flow.SetAttribute("stage", name);
        }

        return flow.State.Get<string>("done");
    });

    private static string Line(StepContext step) => $"{step.StepName} {step.IdempotencyKey} {step.Attempt}";

    private Task<string> Effect(StepContext step)
    {
        reach($"in {step.StepName}");
        lock (_oneAtATime)
        {
            File.AppendAllLines(ledger, [Line(step)]);
        }

        reach($"effect of {step.StepName}");
        return Task.FromResult(Line(step));
    }
}
