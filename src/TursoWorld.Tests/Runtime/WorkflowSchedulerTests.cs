using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class WorkflowSchedulerTests
{
    private readonly WorkflowScheduler _scheduler = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Work_runs_only_while_it_is_drained_in_the_order_in_which_it_became_ready()
    {
        List<int> order = [];
        Run(() => order.Add(1));
        Run(() => order.Add(2));
        order.Should().BeEmpty();

        _scheduler.Drain();

        order.Should().Equal(1, 2);
    }

    [Fact]
    public void All_of_it_runs_on_the_thread_that_drains()
    {
        List<int> threads = [];
        var running = RunAsync(async () =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            await Task.CompletedTask;
            await Task.Yield();
            threads.Add(Environment.CurrentManagedThreadId);
        });

        _scheduler.Drain();

        running.IsCompletedSuccessfully.Should().BeTrue();
        threads.Should().Equal(Environment.CurrentManagedThreadId, Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void Work_that_throws_takes_no_other_work_with_it()
    {
        var ran = false;
        var failing = Run(() => throw new InvalidOperationException());
        Run(() => ran = true);

        _scheduler.Drain();

        ran.Should().BeTrue();
        failing.Exception.Should().NotBeNull();
    }

    [Fact]
    public async Task Who_comes_back_on_a_foreign_thread_is_told_and_not_run()
    {
        var foreign = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var ran = false;
        var running = RunAsync(async () =>
        {
            await foreign.Task;
            ran = true;
        });
        _scheduler.Drain();
        _scheduler.Foreign += told.SetResult;

        await Task.Run(foreign.SetResult, Cancellation);

        await told.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        ran.Should().BeFalse();
        running.IsCompleted.Should().BeFalse();
    }

    private Task Run(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, _scheduler);

    private Task RunAsync(Func<Task> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, _scheduler).Unwrap();
}
