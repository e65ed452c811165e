using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

/// <summary>What the code of a workflow remembers by name.</summary>
public sealed class StateTests
{
    private static readonly string Long = new('x', 257);

    [Fact]
    public void A_key_without_a_value_is_an_error_that_says_how_to_ask() =>
        FailureOf(flow => flow.State.Get<int>("count")).Should().Contain("no key 'count'").And.Contain("TryGet");

    [Fact]
    public void Null_is_a_value_and_absence_is_none()
    {
        var code = Features.Code((flow, _) =>
        {
            flow.State.Set<string?>("null", null);
            var found = flow.State.TryGet("null", out string? value);
            var absent = flow.State.TryGet("absent", out int unused) || unused != 0;
            return Task.FromResult($"{found} {value ?? "null"} {absent} {flow.State.Delete("absent")}");
        });

        Replay.Given(History.Started()).When(code).Then("state null null", "end \"True null False False\"");
    }

    [Fact]
    public void A_value_is_what_it_was_when_it_was_set()
    {
        var code = Features.Code((flow, _) =>
        {
            List<int> list = [1];
            flow.State.Set("list", list);
            list.Add(2);
            flow.State.Get<List<int>>("list").Add(3);
            return Task.FromResult(string.Join(',', flow.State.Get<List<int>>("list")));
        });

        Replay.Given(History.Started()).When(code).Then("state list [1]", "end \"1\"");
    }

    [Theory]
    [InlineData("", "has 0 characters. Keys have 1 to 256")]
    [InlineData("long", "has 257 characters. Keys have 1 to 256")]
    [InlineData("a\tb", "control character at index 1")]
    [InlineData("a\u0085b", "control character at index 1")]
    [InlineData("half", "half of a character at index 1")]
    public void A_key_that_cannot_be_fails_the_run_with_the_remedy(string key, string because)
    {
        var real = key switch
        {
            "long" => Long,
            "half" => "a\ud800", // no argument of a theory: an attribute cannot hold it
            _ => key,
        };

        FailureOf(flow =>
        {
            flow.State.Set(real, 1);
            return 0;
        }).Should().Contain(because);
    }

    [Fact]
    public void A_value_that_cannot_be_serialized_is_named_and_changes_nothing()
    {
        var code = Features.Code((flow, _) =>
        {
            try
            {
                flow.State.Set("type", new Cyclic());
                return Task.FromResult("");
            }
            catch (SerializationException exception)
            {
                return Task.FromResult($"{flow.State.Keys.Count} {exception.Message}");
            }
        });

        var replay = Replay.Given(History.Started()).When(code);

        Replay.Describe(replay.Engine).Should().ContainSingle()
            .Which.Should().Contain("\"0 ").And.Contain("type").And.Contain(nameof(Cyclic)).And.Contain("cannot be serialized");
    }

    [Fact]
    public void A_value_of_another_type_blocks_the_run_with_words_that_name_both()
    {
        var code = Features.Code((flow, _) =>
        {
            flow.State.Set("count", "three");
            return Task.FromResult($"{flow.State.Get<int>("count")}");
        });

        var engine = Replay.Given(History.Started()).When(code).Engine;

        engine.Recorded.Unreadable!.Message.Should().Contain("The value of 'count'").And.Contain("System.Int32");
    }

    [Fact]
    public void What_is_recorded_counts_unless_the_code_has_set_the_key_again()
    {
        var code = Features.Code(async (flow, _) =>
        {
            flow.State.Set("one", "new");
            flow.State.Set("two", "new");
            flow.State.Set("two", "newer");
            await Features.Step(flow, "a");
            return $"{flow.State.Get<string>("one")} {flow.State.Get<string>("two")}";
        });

        Replay.Given(History.Started().Remembers("one", "old").Remembers("two", "old").Remembers("two", "newer").Step(1, "a").Completes(1, ""))
            .When(code).ThenEnds("old newer");
    }

    [Theory]
    [InlineData("b", "state 'b' set")]
    [InlineData(null, "step 'a' (step_1)")]
    public void Another_change_than_recorded_is_refused(string? key, string requested)
    {
        var changed = Features.Code((flow, _) =>
        {
            if (key is not null)
            {
                flow.State.Set(key, 1);
            }

            return Features.Step(flow, "a");
        });

        var replay = () => Replay.Given(History.Started().Remembers("a", 1).Step(1, "a")).When(changed);

        var refusal = replay.Should().Throw<NondeterminismException>().Which;
        refusal.Recorded.Should().Be("state 'a' set");
        refusal.Requested.Should().Be(requested);
    }

    [Fact]
    public void Only_the_code_of_the_workflow_may_use_it()
    {
        WorkflowState? kept = null;
        var code = Features.Code((flow, _) =>
        {
            kept = flow.State;
            kept.Set("a", 1);
            return flow.HookAsync<string>("token");
        });
        Replay.Given(History.Started()).When(code);

        foreach (var use in new Action[]
        {
            () => kept!.Get<int>("a"), () => kept!.Set("a", 2), () => kept!.Delete("a"), () => _ = kept!.Keys,
        })
        {
            use.Should().Throw<InvalidOperationException>().WithMessage("*code*");
        }
    }

    /// <summary>The message with which the run fails.</summary>
    private static string FailureOf(Func<WorkflowContext, int> use)
    {
        var code = Features.Code((flow, _) => Task.FromResult($"{use(flow)}"));
        return Replay.Describe(Replay.Given(History.Started()).When(code).Engine)
            .Should().ContainSingle(command => command.StartsWith("failure ", StringComparison.Ordinal)).Subject;
    }

    private sealed class Cyclic
    {
        public Cyclic Self => this;
    }
}
