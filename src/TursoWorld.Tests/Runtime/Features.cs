namespace TursoWorld.Tests.Runtime;

/// <summary>Every feature of a workflow: code, and the whole log of a run of it.</summary>
internal static class Features
{
    public static readonly IReadOnlyDictionary<string, (WorkflowDefinition Code, History Log)> All =
        new Dictionary<string, (WorkflowDefinition, History)>(
            [.. ScopeFeatures.All, .. ChildFeatures.All, .. FactFeatures.All, .. QueuedFeatures.All])
        {
            ["no commands"] = (Code((_, input) => Task.FromResult(input)), History.Started("in").Ends("in")),
            ["class with a field"] = (
                Workflow.Of<Collecting, string, string>(),
                History.Started("in").Step(1, "a").Completes(1, "b").Step(2, "b").Completes(2, "c").Ends("in b c")),
            ["sequential steps"] = (
                Code(async (flow, input) => await Step(flow, await Step(flow, "a")) + input),
                History.Started("in").Step(1, "a").Completes(1, "b").Step(2, "b").Completes(2, "c").Ends("cin")),
            ["WhenAll"] = (
                Code(async (flow, _) => string.Concat(
                    await Task.WhenAll(Step(flow, "a"), Step(flow, "b"), Step(flow, "c")))),
                History.Started().Step(1, "a").Step(2, "b").Step(3, "c")
                    .Completes(2, "2").Completes(1, "1").Completes(3, "3").Ends("123")),
            ["WhenAny"] = (
                Code(async (flow, _) => await await Task.WhenAny(Step(flow, "a"), Step(flow, "b"))),
                History.Started().Step(1, "a").Step(2, "b").Completes(2, "second").Ends("second")),
            ["branches that go on by themselves"] = (
                Code(async (flow, _) => string.Concat(await Task.WhenAll(Twice(flow, "a"), Twice(flow, "b")))),
                History.Started().Step(1, "a").Step(2, "b").Completes(2, "b2").Step(3, "b2")
                    .Completes(1, "a2").Step(4, "a2").Completes(4, "1").Completes(3, "2").Ends("12")),
            ["sleep"] = (
                Code(async (flow, _) =>
                {
                    await flow.SleepAsync(TimeSpan.FromSeconds(60));
                    return $"{flow.Now.Second}";
                }),
                History.Started().Wait(1, 62).Wakes(1).Ends("4")),
            ["sleep after a step"] = (
                Code(async (flow, _) =>
                {
                    var name = await Step(flow, "a");
                    await flow.SleepAsync(TimeSpan.FromSeconds(10));
                    return await Step(flow, name);
                }),
                History.Started().Step(1, "a").Completes(1, "b").Wait(2, 14).Wakes(2)
                    .Step(3, "b").Completes(3, "z").Ends("z")),
            ["hook"] = (
                Code((flow, _) => flow.HookAsync<string>("token")),
                History.Started().Hook(1, "token").Receives(1, "payload").Ends("payload")),
            ["step after a hook"] = (
                Code(async (flow, _) => await Step(flow, await flow.HookAsync<string>("token"))),
                History.Started().Hook(1, "token").Receives(1, "a").Step(2, "a").Completes(2, "b").Ends("b")),
            ["hook whose token is taken"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.HookAsync<string>("token");
                    }
                    catch (ConflictException conflict)
                    {
                        return await Step(flow, conflict.Code);
                    }
                }),
                History.Started().Conflicts(1, "token").Step(2, ErrorCodes.HookConflict).Completes(2, "b").Ends("b")),
            ["failing step that is caught"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await Step(flow, "a");
                    }
                    catch (StepFailedException failure)
                    {
                        return await Step(flow, failure.Error.Message);
                    }
                }),
                History.Started().Step(1, "a").Fails(1, "bad").Step(2, "bad").Completes(2, "b").Ends("b")),
            ["failing step that nobody catches"] = (
                Code((flow, _) => Step(flow, "a")), History.Started().Step(1, "a").Fails(1, "bad").EndsBadly("bad")),
            ["code that throws"] = (
                Code((_, _) => throw new InvalidOperationException("thrown")), History.Started().EndsBadly("thrown")),
            ["step that is tried again"] = (
                Code((flow, _) => Step(flow, "a")),
                History.Started().Step(1, "a").Retries(1, 1, 9).Begins(1, 2).Completes(1, "b").Ends("b")),
            ["step names used again"] = (
                Code(async (flow, _) => string.Concat(await Task.WhenAll(
                    Step(flow, "a"), Step(flow, "a"), Step(flow, "a#1"))) + await Step(flow, "a")),
                History.Started().Step(1, "a").Step(2, "a#1").Step(3, "a#1#0").Completes(3, "3").Completes(1, "1").Completes(2, "2")
                    .Step(4, "a#2").Completes(4, "4").Ends("1234")),
            ["failing step that is tried out"] = (
                Code(async (flow, _) =>
                {
                    var first = await flow.TryStepAsync("a", _ => Task.FromResult(""));
                    var second = await flow.TryStepAsync("b", _ => Task.FromResult(""));
                    return await Step(flow, $"{first.IsSuccess} {first.Error?.Message} {second.Value}");
                }),
                History.Started().Step(1, "a").Fails(1, "bad").Step(2, "b").Completes(2, "good")
                    .Step(3, "False bad good").Completes(3, "z").Ends("z")),
            ["saga that is undone"] = (
                Code((flow, _) => flow.SagaAsync(async saga =>
                {
                    await saga.StepAsync("a", _ => Task.FromResult(""), (_, _) => Task.CompletedTask);
                    await saga.StepAsync("b", _ => Task.CompletedTask, _ => Task.CompletedTask);
                    return await Step(flow, "c");
                })),
                History.Started().Step(1, "a").Completes(1, "x").Step(2, "b").Completes(2, null).Step(3, "c").Fails(3, "bad")
                    .Step(4, "undo-b").Retries(4, 1, 20).Begins(4, 2).Completes(4, null).Step(5, "undo-a").Completes(5, null)
                    .EndsBadly("bad")),
            ["saga whose undo fails"] = (
                Code(async (flow, _) =>
                {
                    try
                    {
                        return await flow.SagaAsync<string>(async saga =>
                        {
                            saga.OnFailure("undo-first", _ => Task.CompletedTask);
                            await saga.StepAsync("a", _ => Task.CompletedTask, _ => Task.CompletedTask);
                            throw new InvalidOperationException("bad");
                        });
                    }
                    catch (CompensationFailedException failure)
                    {
                        return failure.Failures.Single().Message;
                    }
                }),
                History.Started().Step(1, "a").Completes(1, null).Step(2, "undo-a").Fails(2, "no undo")
                    .Step(3, "undo-first").Completes(3, null).Ends("no undo")),
            ["run that cancels itself"] = (
                Code(async (flow, _) => throw new CancelRunException(await Step(flow, "a"))),
                History.Started().Step(1, "a").Completes(1, "enough").Cancels("enough")),
            ["transaction"] = (
                Code((flow, _) => flow.TransactionAsync("a", (_, _) => Task.FromResult(""))),
                History.Started().Step(1, "a").Completes(1, "b").Ends("b")),
        };

    public static WorkflowDefinition<string, string> Code(Func<WorkflowContext, string, Task<string>> code) =>
        Workflow.Define("feature", code);

    public static Task<string> Step(WorkflowContext flow, string name) =>
        flow.StepAsync(name, _ => Task.FromResult(""));

    private static async Task<string> Twice(WorkflowContext flow, string name) =>
        await Step(flow, await Step(flow, name));

    [Workflow("test")]
    private sealed class Collecting : Workflow<string, string>
    {
        private readonly List<string> _seen = [];

        public override async Task<string> ExecuteAsync(WorkflowContext flow, string input)
        {
            _seen.Add(input);
            _seen.Add(await Step(flow, "a"));
            _seen.Add(await Step(flow, _seen[^1]));
            return string.Join(' ', _seen);
        }
    }
}
