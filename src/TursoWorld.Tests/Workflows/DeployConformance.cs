using System.Text.Json.Serialization;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A program whose types have changed finds runs of the one before; the one before, rolled back, goes on.</summary>
public abstract class DeployConformance(Backend backend) : WorkflowTests(backend)
{
    private int _bodies;

    private interface IState
    {
        string Words { get; }
    }

    [Theory]
    [InlineData("member")]
    [InlineData("enum")]
    public async Task A_type_that_no_longer_reads_what_is_recorded_blocks_until_it_is_rolled_back(string change)
    {
        string runId;
        await using (var first = await Worlds.StartApartAsync(Program<Before.Order>()))
        {
            var transitions = Watch(first);
            var run = await first.StartRunAsync(Program<Before.Order>(), new Before.Order("7", Before.State.Paid), cancellationToken: Limit);
            await ParkedAsync(transitions, run);
            runId = run.RunId;
        }

        WorkflowDefinition changed = change == "member" ? Program<Member.Order>() : Program<Enums.Order>();
        await using (var second = await Worlds.StartApartAsync(changed))
        {
            var transitions = Watch(second);
            Clock.Advance(TimeSpan.FromHours(2));
            await transitions.NextAsync(TransitionKind.RunBlocked, runId);
            var blocked = await second.Runs.GetAsync(runId, Limit);
            blocked.Status.Should().Be(RunStatus.Running);
            blocked.BlockedReason.Should().Contain("The input of workflow 'pay'").And.Contain(change == "member" ? "currency" : "$.state")
                .And.Contain(change == "member" ? typeof(Member.Order).ToString() : typeof(Enums.Order).ToString());
        }

        await using var third = await Worlds.StartApartAsync(Program<Before.Order>());
        (await AdvanceUntilAsync(third.GetRun<string>(runId).ResultAsync(Limit), TimeSpan.FromSeconds(10))).Should().Be("7 Paid");
        _bodies.Should().Be(1);
        (await third.Runs.GetAsync(runId, Limit)).BlockedReason.Should().BeNull();
        await third.ShouldBeSoundAsync();
    }

    /// <summary>The same workflow of a program in which orders are of another type.</summary>
    private WorkflowDefinition<T, string> Program<T>()
        where T : IState => Workflow.Define<T, string>("pay", async (flow, order) =>
    {
        var words = await flow.StepAsync("charge", _ =>
        {
            Interlocked.Increment(ref _bodies);
            return Task.FromResult(order.Words);
        });
        await flow.SleepAsync(TimeSpan.FromHours(1));
        return words;
    });

    private static class Before
    {
        public enum State
        {
            Open,
            Paid,
        }

        public sealed record Order(
            [property: JsonPropertyName("id")] string Id,
            [property: JsonPropertyName("state"), JsonConverter(typeof(JsonStringEnumConverter<State>))] State State) : IState
        {
            [JsonIgnore]
            public string Words => $"{Id} {State}";
        }
    }

    private static class Member
    {
        public sealed record Order : IState
        {
            [JsonPropertyName("id")]
            public required string Id { get; init; }

            [JsonPropertyName("currency")]
            public required string Currency { get; init; }

            [JsonIgnore]
            public string Words => $"{Id} {Currency}";
        }
    }

    private static class Enums
    {
        public enum State
        {
            New,
        }

        public sealed record Order(
            [property: JsonPropertyName("id")] string Id,
            [property: JsonPropertyName("state"), JsonConverter(typeof(JsonStringEnumConverter<State>))] State State) : IState
        {
            [JsonIgnore]
            public string Words => $"{Id} {State}";
        }
    }
}
