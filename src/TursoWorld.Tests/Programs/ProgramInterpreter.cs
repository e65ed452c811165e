// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using System.Diagnostics;

namespace TursoWorld.Tests.Programs;

/// <summary>Executes a program as the code of a workflow. Its result tells which way it went.</summary>
/// <param name="program">What its steps do, and its children.</param>
/// <param name="flow">The run.</param>
/// <param name="input">Which of the runs of the program it is.</param>
internal sealed class ProgramInterpreter(WorkflowProgram program, WorkflowContext flow, ProgramInput input)
{
    private readonly Dictionary<int, Task<int>> _forks = [];
    private int _hooks;
    private int _children;

    public async Task<int> RunToEndAsync()
    {
        var result = await RunAsync(program.Root);
        return program.IsEndless ? await flow.HookAsync<int>($"{WorkflowProgram.SilentTokens}:{input}") : result;
    }

    private Task<int> RunAsync(Node node) => node switch
    {
        Node.Step { IsQueued: true } n => flow.StepAsync(program.QueuedStep(n), n.Id),
        Node.Step n => flow.StepAsync($"s{n.Id}", Body, WorkflowProgram.OptionsOf(n)),
        Node.Transaction n => flow.TransactionAsync($"s{n.Id}", (_, step) => Body(step), WorkflowProgram.Patiently),
        Node.Sleep n => SleepAsync(n),
        Node.Hook n => flow.HookAsync<int>(n.IsTaken ? WorkflowProgram.TakenToken : $"hook{n.Id}:{++_hooks}:{input}"),
        Node.Child n => ChildAsync(n),
        Node.State n => Task.FromResult(StateOf(n)),
        Node.Attribute n => Task.FromResult(SetAttribute(n)),
        Node.Throw => throw new InvalidOperationException($"{WorkflowProgram.Mark}: thrown"),
        Node.CancelRun => throw new CancelRunException("enough"),
        Node.ContinueAsNew n => input.Generation < n.Times
            ? throw new ContinueAsNewException(input with { Generation = input.Generation + 1 })
            : Task.FromResult(61),
        Node.Value n => Task.FromResult(ValueOf(n.Kind)),
        Node.Fork n => ForkAsync(n),
        Node.Join n => _forks.TryGetValue(n.Id, out var fork) ? fork : Task.FromResult(1),
        Node.Group { Kind: GroupKind.Sequence } n => SequenceAsync(n),
        Node.Group { Kind: GroupKind.WhenAll } n => AllAsync(n),
        Node.Group { Kind: GroupKind.WhenAny } n => AnyAsync(n),
        Node.Try n => TryAsync(n),
        Node.Scope n => ScopeAsync(n),
        Node.Timeout n => flow.WithTimeoutAsync(TimeSpan.FromSeconds(n.Seconds), () => BeginAsync(n.Body)),
        Node.Shield n => flow.ShieldAsync(() => BeginAsync(n.Body)),
        Node.Saga n => SagaAsync(n),
        Node.ForEach n => ForEachAsync(n),
        Node.Loop n => LoopAsync(n),
        Node.If n => IfAsync(n),
        _ => throw new UnreachableException(),
    };

    private Task<int> Body(StepContext step) => Task.FromResult(program.Execute(step.StepName, step.Attempt));

    private static int Mix(int one, int other) => unchecked((one * 31) + other);

    /// <summary>
    /// As code that is written down would: what it throws is in its task. Looked at here and now, because a process that
    /// forgets the code forgets who was going to look.
    /// </summary>
    private Task<int> BeginAsync(Node node)
    {
        var begun = RunInTaskAsync(node);
        _ = begun.ContinueWith(
            failed => failed.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return begun;
    }

    private async Task<int> RunInTaskAsync(Node node) => await RunAsync(node);

    private async Task<int> SleepAsync(Node.Sleep node)
    {
        await flow.SleepAsync(TimeSpan.FromSeconds(node.Seconds));
        return node.Seconds;
    }

    private int ValueOf(ContextValue kind) => kind switch
    {
        ContextValue.Random => flow.Random.Next(),
        ContextValue.Guid => flow.NewGuid().ToByteArray()[0],
        ContextValue.Now => unchecked((int)flow.Now.ToUnixTimeMilliseconds()),
        _ => throw new UnreachableException(),
    };

    private async Task<int> ChildAsync(Node.Child node)
    {
        var options = new ChildRunOptions
        {
            ParentClosePolicy = node.Use == ChildUse.Abandoned ? ParentClosePolicy.Abandon : ParentClosePolicy.Cancel,
        };
        var child = flow.StartChild(program.ChildOf(node).Workflow, new ProgramInput($"{input}.{++_children}", 0), options);
        return node.Use == ChildUse.Awaited ? await child.ResultAsync() : 67;
    }

    /// <summary>How often something was counted depends on what was first, unless nobody looks at it.</summary>
    private int StateOf(Node.State node)
    {
        var key = $"state{node.Id}";
        switch (node.Use)
        {
            case StateUse.Counts:
                flow.State.Set(key, flow.State.TryGet<int>(key, out var count) ? count + 1 : 1);
                return 71;
            case StateUse.Forgets:
                flow.State.Set(key, 1);
                return flow.State.Delete(key) ? 73 : 79;
            default:
                return flow.State.Keys.Aggregate(83, (word, other) => Mix(word, flow.State.Get<int>(other)));
        }
    }

    private int SetAttribute(Node.Attribute node)
    {
        flow.SetAttribute($"attribute{node.Id}", node.IsRemoved ? null : $"{input}");
        return 89;
    }

    private Task<int> ForkAsync(Node.Fork node)
    {
        _forks[node.Id] = WordAsync(BeginAsync(node.Body));
        return Task.FromResult(2);
    }

    private async Task<int> SequenceAsync(Node.Group node)
    {
        var result = 3;
        foreach (var part in node.Children)
        {
            result = Mix(result, await RunAsync(part));
        }

        return result;
    }

    private async Task<int> AllAsync(Node.Group node) =>
        (await Task.WhenAll(node.Children.Select(BeginAsync).ToList())).Aggregate(5, Mix);

    private async Task<int> AnyAsync(Node.Group node)
    {
        var parts = node.Children.Select(part => WordAsync(BeginAsync(part))).ToList();
        var first = await Task.WhenAny(parts);
        return Mix(parts.IndexOf(first), await first);
    }

    private async Task<int> TryAsync(Node.Try node)
    {
        var result = 7;
        try
        {
            result = Mix(result, await RunAsync(node.Body));
        }
        catch (Exception exception)
        {
            result = Mix(Mix(result, WordFor(exception)), await RunAsync(node.Handler));
        }
        finally
        {
            result = Mix(result, await RunAsync(node.Cleanup));
        }

        return result;
    }

    private Task<int> ScopeAsync(Node.Scope node) => flow.ScopeAsync(async scope =>
    {
        if (node.CancelAfter is { } seconds)
        {
            scope.CancelAfter(TimeSpan.FromSeconds(seconds));
        }

        var body = WordAsync(BeginAsync(node.Body));
        var trigger = await WordAsync(BeginAsync(node.Trigger));
        if (node.CancelAfter is null)
        {
            scope.Cancel();
        }

        return Mix(trigger, await body);
    });

    private Task<int> SagaAsync(Node.Saga node) => flow.SagaAsync(async saga =>
    {
        var result = 11;
        foreach (var step in node.Steps)
        {
            result = Mix(result, await saga.StepAsync(
                $"s{step.Id}", Body, (_, undo) => Body(undo), WorkflowProgram.Patiently, WorkflowProgram.Patiently));
        }

        return Mix(result, await RunAsync(node.Body));
    });

    private async Task<int> ForEachAsync(Node.ForEach node)
    {
        var results = await flow.ForEachAsync(
            Enumerable.Range(0, node.Items),
            node.MaxParallel,
            async item => Mix(item, await RunAsync(node.Body)),
            node.OnFailure);
        return results.Aggregate(13, Mix);
    }

    private async Task<int> LoopAsync(Node.Loop node)
    {
        var result = 17;
        for (var i = 0; i < node.Times; i++)
        {
            result = Mix(result, await RunAsync(node.Body));
        }

        return result;
    }

    private async Task<int> IfAsync(Node.If node) =>
        Mix(19, await RunAsync(await RunAsync(node.Condition) % 2 == 0 ? node.Then : node.Else));

    /// <summary>How something ended, which it always does.</summary>
    private static async Task<int> WordAsync(Task<int> task)
    {
        try
        {
            return await task;
        }
        catch (Exception exception)
        {
            return WordFor(exception);
        }
    }

    private static int WordFor(Exception exception) => exception switch
    {
        StepFailedException => 23,
        WorkflowTimeoutException => 29,
        OperationCanceledException => 37,
        ConflictException => 41,
        CompensationFailedException => 43,
        ItemsFailedException failed => Mix(47, failed.Failures.Aggregate(1, (word, failure) => Mix(word, failure.Index))),
        CancelRunException => 53,
        ChildFailedException failed => failed.Code == ErrorCodes.ChildCancelled ? 97 : 101,
        ContinueAsNewException => 103,
        InvalidOperationException when exception.Message.StartsWith(WorkflowProgram.Mark, StringComparison.Ordinal) => 59,
        _ => throw new UnreachableException(exception.ToString()),
    };
}
