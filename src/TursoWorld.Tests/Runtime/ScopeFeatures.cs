using static TursoWorld.Tests.Runtime.Features;

namespace TursoWorld.Tests.Runtime;

/// <summary>Scopes, timeouts and loops: code, and the whole log of a run of it.</summary>
internal static class ScopeFeatures
{
    public static readonly IReadOnlyDictionary<string, (WorkflowDefinition Code, History Log)> All =
        new Dictionary<string, (WorkflowDefinition, History)>
        {
            ["cancelled step"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Receives(2, "go").CancelsStep(1).Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled step whose result was recorded first"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Receives(2, "go").Completes(1, "late").CancelsStep(1).Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled step whose failure was recorded first"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Receives(2, "go").Fails(1, "late").CancelsStep(1).Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled step that waits for its next attempt"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Retries(1, 1, 99).Receives(2, "go").CancelsStep(1).Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled step whose next attempt was recorded first"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Retries(1, 1, 9).Receives(2, "go").Begins(1, 2).Retries(1, 2, 12).CancelsStep(1)
                    .Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["step that had ended before it was cancelled"] = (
                CancelAfterHook(flow => Step(flow, "a")),
                Begun().Completes(1, "early").Receives(2, "go").Step(3, "next").Completes(3, "z").Ends("early z")),
            ["cancelled sleep"] = (
                CancelAfterHook(Sleep),
                History.Started().Wait(1, 62).Hook(2, "token").Receives(2, "go").CancelsWait(1)
                    .Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled sleep whose end was recorded first"] = (
                CancelAfterHook(Sleep),
                History.Started().Wait(1, 62).Hook(2, "token").Receives(2, "go").Wakes(1).CancelsWait(1)
                    .Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled hook"] = (
                CancelAfterHook(flow => flow.HookAsync<string>("other")),
                History.Started().Hook(1, "other").Hook(2, "token").Receives(2, "go").CancelsHook(1)
                    .Step(3, "next").Completes(3, "z").Ends("cancelled z")),
            ["cancelled hook whose payload was recorded first"] = (
                CancelAfterHook(flow => flow.HookAsync<string>("other")),
                History.Started().Hook(1, "other").Hook(2, "token").Receives(2, "go").Receives(1, "late")
                    .Step(3, "next").Completes(3, "z").Ends("late z")),
            ["cancelled before it was recorded"] = (
                Code(async (flow, _) => await flow.ScopeAsync(async scope =>
                {
                    Task[] begun = [Step(flow, "a"), flow.SleepAsync(TimeSpan.FromSeconds(60)), flow.HookAsync<string>("token")];
                    scope.Cancel();
                    var ends = await Task.WhenAll(begun.Select(WordAsync));
                    return string.Concat(ends);
                })),
                History.Started().Step(1, "a").Wait(2, 62).Hook(3, "token").CancelsStep(1).CancelsWait(2).CancelsHook(3)
                    .Ends("cancelledcancelledcancelled")),
            ["cancelled hook whose token was taken"] = (
                Code(async (flow, _) => await flow.ScopeAsync(async scope =>
                {
                    var hook = flow.HookAsync<string>("token");
                    scope.Cancel();
                    return await WordAsync(hook);
                })),
                History.Started().Conflicts(1, "token").CancelsHook(1).Ends("cancelled")),
            ["scopes within scopes, cancelled in order"] = (
                Code(async (flow, _) =>
                {
                    var outer = flow.ScopeAsync(async scope =>
                    {
                        var a = WordAsync(Step(flow, "a"));
                        var b = flow.ScopeAsync(_ => WordAsync(Step(flow, "b")));
                        var c = WordAsync(Step(flow, "c"));
                        var d = flow.ShieldAsync(() => WordAsync(Step(flow, "d")));
                        await flow.ShieldAsync(() => Step(flow, "e"));
                        scope.Cancel();
                        return string.Join(' ', await Task.WhenAll(a, b, c, d));
                    });
                    return await outer;
                }),
                History.Started().Step(1, "a").Step(2, "b").Step(3, "c").Step(4, "d").Step(5, "e").Completes(5, "")
                    .CancelsStep(1).CancelsStep(2).CancelsStep(3).Completes(4, "done").Ends("cancelled cancelled cancelled done")),
            ["clean-up behind a shield"] = (
                Code(async (flow, _) => await flow.ScopeAsync(async scope =>
                {
                    scope.CancelAfter(TimeSpan.FromSeconds(60));
                    try
                    {
                        return await Step(flow, "a");
                    }
                    catch (OperationCanceledException)
                    {
                        return await WordAsync(Step(flow, "refused")) + await flow.ShieldAsync(() => Step(flow, "undo"));
                    }
                })),
                History.Started().Wait(1, 62).Step(2, "a").Wakes(1).CancelsStep(2).Step(3, "undo").Completes(3, " undone").Ends("cancelled undone")),
            ["scope that ends before its time"] = (
                Code(async (flow, _) =>
                {
                    var result = await flow.ScopeAsync(scope =>
                    {
                        scope.CancelAfter(TimeSpan.FromSeconds(60));
                        return Step(flow, "a");
                    });
                    return await Step(flow, result);
                }),
                History.Started().Wait(1, 62).Step(2, "a").Completes(2, "b").CancelsWait(1).Step(3, "b").Completes(3, "z").Ends("z")),
            ["timeout that is kept"] = (
                Code(async (flow, _) =>
                    await Step(flow, await flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => Step(flow, "a")))),
                History.Started().Step(1, "a").Wait(2, 62).Completes(1, "b").CancelsWait(2).Step(3, "b").Completes(3, "z").Ends("z")),
            ["timeout that passes"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => Step(flow, "a"));
                    }
                    catch (WorkflowTimeoutException timeout)
                    {
                        return await Step(flow, timeout.Code);
                    }
                }),
                History.Started().Step(1, "a").Wait(2, 62).Wakes(2).CancelsStep(1)
                    .Step(3, "WORKFLOW_TIMEOUT").Completes(3, "z").Ends("z")),
            ["timeout within a timeout"] = (
                Code(async (flow, _) => await WordAsync(flow.WithTimeoutAsync(
                    TimeSpan.FromSeconds(60),
                    () => flow.WithTimeoutAsync(TimeSpan.FromSeconds(90), () => flow.HookAsync<string>("token"))))),
                History.Started().Hook(1, "token").Wait(2, 92).Wait(3, 62).Wakes(3).CancelsHook(1).CancelsWait(2).Ends("timeout")),
            ["timeout whose clean-up takes time"] = (
                Code(async (flow, _) =>
                {
                    var done = "";
                    try
                    {
                        return await flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), async () =>
                        {
                            try
                            {
                                return await Step(flow, "a");
                            }
                            finally
                            {
                                done = await flow.ShieldAsync(() => Step(flow, "undo"));
                            }
                        });
                    }
                    catch (WorkflowTimeoutException)
                    {
                        return await Step(flow, done);
                    }
                }),
                History.Started().Step(1, "a").Wait(2, 62).Wakes(2).CancelsStep(1).Step(3, "undo").Completes(3, "undone")
                    .Step(4, "undone").Completes(4, "z").Ends("z")),
            ["timeout of what was begun outside"] = (
                Code(async (flow, _) =>
                {
                    var outside = Step(flow, "a");
                    var word = await WordAsync(flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => outside));
                    return word + await outside;
                }),
                History.Started().Step(1, "a").Wait(2, 62).Wakes(2).Completes(1, " and a").Ends("timeout and a")),
            ["saga in a scope that is cancelled"] = (
                CancelAfterHook(UndoneAsync),
                Begun().Completes(1, null).Step(3, "b").Receives(2, "go").CancelsStep(3)
                    .Step(4, "undo-a").Retries(4, 1, 20).Begins(4, 2).Completes(4, null).Step(5, "undo-first").Completes(5, null)
                    .Step(6, "next").Completes(6, "z").Ends("cancelled z")),
            ["saga under a timeout"] = (
                Code((flow, _) => WordAsync(flow.WithTimeoutAsync(TimeSpan.FromSeconds(60), () => UndoneAsync(flow)))),
                History.Started().Step(1, "a").Wait(2, 62).Completes(1, null).Step(3, "b").Wakes(2).CancelsStep(3)
                    .Step(4, "undo-a").Completes(4, null).Step(5, "undo-first").Completes(5, null).Ends("timeout")),
            ["loop"] = (
                Code(async (flow, _) => string.Concat(
                    await flow.ForEachAsync(["a", "b", "c", "d"], 2, item => Step(flow, item)))),
                History.Started().Step(1, "a").Step(2, "b").Completes(2, "B").Step(3, "c").Completes(3, "C").Step(4, "d")
                    .Completes(1, "A").Completes(4, "D").Ends("ABCD")),
            ["loop that fails"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        await flow.ForEachAsync(["a", "b", "c", "d"], 3, item => (Task)Step(flow, item));
                        return "";
                    }
                    catch (StepFailedException failure)
                    {
                        return await Step(flow, failure.Error.Message);
                    }
                }),
                History.Started().Step(1, "a").Step(2, "b").Step(3, "c").Fails(2, "bad").CancelsStep(1).CancelsStep(3)
                    .Step(4, "bad").Completes(4, "z").Ends("z")),
            ["loop that collects failures"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        await flow.ForEachAsync(["a", "b", "c"], 2, item => (Task)Step(flow, item), OnItemFailure.Collect);
                        return "";
                    }
                    catch (ItemsFailedException failed)
                    {
                        return string.Concat(failed.Failures.Select(failure => $"{failure.Index} {failure.Error.Message} "));
                    }
                }),
                History.Started().Step(1, "a").Step(2, "b").Fails(2, "bad").Step(3, "c").Fails(1, "worse").Completes(3, "")
                    .Ends("0 Step 'a' failed: worse 1 Step 'b' failed: bad ")),
            ["loop under a timeout"] = (
                Code((flow, _) => WordAsync(flow.WithTimeoutAsync(
                    TimeSpan.FromSeconds(60), () => flow.ForEachAsync([1, 2, 3], 2, item => Step(flow, $"{item}"))))),
                History.Started().Step(1, "1").Step(2, "2").Wait(3, 62).Completes(2, "").Step(4, "3").Wakes(3)
                    .CancelsStep(1).CancelsStep(4).Ends("timeout")),
        };

    /// <summary>How something ended, in a word.</summary>
    public static async Task<string> WordAsync(Task task)
    {
        try
        {
            await task;
            return task is Task<string> { Result: var result } ? result : "done";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
        catch (WorkflowTimeoutException)
        {
            return "timeout";
        }
    }

    /// <summary>Cancels what it began, if that has not ended, when a payload comes; a step follows.</summary>
    public static WorkflowDefinition<string, string> CancelAfterHook(Func<WorkflowContext, Task> begin) =>
        Code(async (flow, _) =>
        {
            Task<string>? word = null;
            await flow.ScopeAsync(async scope =>
            {
                word = WordAsync(begin(flow));
                await flow.HookAsync<string>("token");
                scope.Cancel();
            });
            return $"{await word!} {await Step(flow, "next")}";
        });

    private static Task UndoneAsync(WorkflowContext flow) => flow.SagaAsync(async saga =>
    {
        saga.OnFailure("undo-first", _ => Task.CompletedTask);
        await saga.StepAsync("a", _ => Task.CompletedTask, _ => Task.CompletedTask);
        await saga.StepAsync("b", _ => Task.CompletedTask, _ => Task.CompletedTask);
    });

    private static History Begun() => History.Started().Step(1, "a").Hook(2, "token");

    private static Task Sleep(WorkflowContext flow) => flow.SleepAsync(TimeSpan.FromSeconds(60));
}
