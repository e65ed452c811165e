using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What cannot be is refused where it is written down.</summary>
public sealed class OptionTests() : WorkflowTests(Backend.SqliteMemory)
{
    private static readonly WorkflowDefinition<int, int> Echo = Workflow.Define<int, int>("echo", (_, number) => Task.FromResult(number));

    [Fact]
    public void Limits_are_checked_when_options_are_made()
    {
        Action[] outOfRange =
        [
            () => _ = new StartRunOptions { Retention = TimeSpan.Zero },
            () => _ = new StartRunOptions { Retention = TimeSpan.FromDays(36_501) },
            () => _ = new QueueOptions { Delay = TimeSpan.FromTicks(-1) },
            () => _ = new QueueOptions { Delay = TimeSpan.FromDays(366) },
            () => _ = new StepOptions { Timeout = TimeSpan.Zero },
            () => RetryPolicy.Exponential(0),
            () => RetryPolicy.Exponential(1, jitter: 2),
        ];
        outOfRange.Should().AllSatisfy(make => make.Should().Throw<ArgumentOutOfRangeException>());
        Action[] unusable =
        [
            () => _ = new StartRunOptions { RunId = "1" },
            () => _ = new QueueOptions { IdempotencyKey = "" },
            () => _ = new QueueOptions { IdempotencyKey = new string('k', 513) },
        ];
        unusable.Should().AllSatisfy(make => make.Should().Throw<ArgumentException>());
        var world = () => Worlds.Create(options => options.DefaultRetry = null!);
        world.Should().Throw<InvalidOptionsException>().WithMessage("*DefaultRetry*");
    }

    [Fact]
    public async Task Null_is_an_error_of_the_argument()
    {
        var world = Worlds.Create();
        Func<Task>[] calls =
        [
            () => Run(() => world.Register((IReadOnlyList<WorkflowDefinition>)null!)),
            () => Run(() => world.Register((WorkflowDefinition)null!)),
            () => Run(() => world.Register(Echo, null!)),
            () => Run(() => world.Register((StepDefinition)null!)),
            () => Run(() => world.Register((Type)null!)),
            () => Run(() => world.GetRun(null!)),
            () => Run(() => world.CreateQueueHandler(null!, (_, _) => Task.FromResult(QueueResult.Done))),
            () => Run(() => world.CreateQueueHandler("a", null!)),
            () => Run(() => world.Streams.OpenRead(null!, "out")),
            () => Run(() => _ = new StartRunOptions { Attributes = null! }),
            () => Run(() => _ = new ChildRunOptions { Attributes = null! }),
            () => Run(() => RetryPolicy.Default.NotOn(null!)),
            () => Run(() => Workflow.Define<int, int>(null!, (_, _) => Task.FromResult(1))),
            () => Run(() => Step.Define<int, int>("a", null!)),
            () => world.StartRunAsync((WorkflowDefinition<int, int>)null!, 1),
            () => world.StartRunAsync((string)null!, 1),
            () => world.ResumeHookAsync(null!, 1),
            () => world.QueueAsync(null!, default),
            () => world.QueueBatchAsync(null!),
            () => world.QueueBatchAsync([null!]),
            () => world.BackupAsync(null!),
            () => WorldFactory.RestoreAsync(null!, "a"),
            () => world.Runs.GetAsync(null!),
            () => world.Runs.DeleteAsync(null!),
            () => world.Events.CreateAsync("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV", null!),
            () => world.Streams.WriteAsync("run", null!, "a"),
            () => world.Streams.WriteManyAsync("run", "out", null!),
        ];
        for (var i = 0; i < calls.Length; i++)
        {
            await calls[i].Should().ThrowAsync<ArgumentNullException>($"that is what call {i} is to say");
        }

        world.Register(Echo);

        static Task Run(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }
}
