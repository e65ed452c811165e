using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

/// <summary>The context of a workflow belongs to the code of the workflow.</summary>
public sealed class ForeignContextTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_context_that_was_kept_is_refused()
    {
        WorkflowContext? kept = null;
        var code = Features.Code((flow, _) =>
        {
            kept = flow;
            return flow.HookAsync<string>("token");
        });
        var replay = Replay.Given(History.Started()).When(code);

        var use = () => Features.Step(kept!, "a");

        (await use.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*outside its code*");
        replay.Then("hook_1 token");
    }

    [Fact]
    public async Task A_context_that_was_kept_beyond_the_end_of_its_run_is_refused()
    {
        WorkflowContext? kept = null;
        var code = Features.Code((flow, _) =>
        {
            kept = flow;
            return Task.FromResult("");
        });
        Replay.Given(History.Started().Ends("")).When(code);

        var use = () => Features.Step(kept!, "a");

        (await use.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*after the end of the run*Await everything*");
    }

    [Fact]
    public void The_context_of_another_run_is_refused()
    {
        WorkflowContext? first = null;
        var keeping = Features.Code((flow, _) =>
        {
            first = flow;
            return flow.HookAsync<string>("token");
        });
        Replay.Given(History.Started()).When(keeping);

        var using_ = Features.Code((_, _) => first!.HookAsync<string>("other"));

        Replay.Describe(Replay.Given(History.Started()).When(using_).Engine).Should().ContainSingle()
            .Which.Should().StartWith("failure ").And.Contain("by the code of another run").And.Contain("a context of its own");
    }

    [Fact]
    public async Task The_context_on_a_thread_of_the_pool_is_refused()
    {
        var refused = new TaskCompletionSource<Exception>();
        var code = Features.Code(async (flow, input) =>
        {
            _ = Task.Run(
                async () =>
                {
                    try
                    {
                        await flow.SleepAsync(TimeSpan.Zero);
                    }
                    catch (InvalidOperationException exception)
                    {
                        refused.SetResult(exception);
                    }
                },
                Cancellation);
            return await flow.HookAsync<string>("token");
        });

        var replay = Replay.Given(History.Started()).When(code);

        var exception = await refused.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        exception.Message.Should().Contain("Task.Run");
        replay.Then("hook_1 token");
    }

    [Fact]
    public async Task The_context_after_ConfigureAwait_false_is_refused()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var refused = new TaskCompletionSource<Exception>();
        var code = Features.Code(async (flow, _) =>
        {
            await gate.Task.ConfigureAwait(false);
            try
            {
                return await Features.Step(flow, "a");
            }
            catch (InvalidOperationException exception)
            {
                refused.SetResult(exception);
                throw;
            }
        });
        Replay.Given(History.Started()).When(code);

        gate.SetResult();

        var exception = await refused.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        exception.Message.Should().Contain("ConfigureAwait(false)");
    }
}
