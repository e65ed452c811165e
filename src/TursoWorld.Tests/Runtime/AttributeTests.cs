using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

/// <summary>Attributes that the code of a workflow sets.</summary>
public sealed class AttributeTests
{
    private static readonly string Long = new('x', 257);

    [Theory]
    [InlineData("", "v", "name of 0 characters")]
    [InlineData("long", "v", "name of 257 characters")]
    [InlineData("$retention", "v", "'$retention' begins with '$', which is reserved. Choose another name.")]
    [InlineData("name", "long", "'name' has 257 bytes. Values have at most 256")]
    public void A_limit_that_is_broken_fails_the_run_with_the_remedy(string name, string value, string because)
    {
        var code = Features.Code(async (flow, _) =>
        {
            flow.SetAttribute(name == "long" ? Long : name, value == "long" ? Long : value);
            return await Features.Step(flow, "a");
        });

        var replay = Replay.Given(History.Started()).When(code);

        Replay.Describe(replay.Engine).Should().ContainSingle()
            .Which.Should().StartWith("failure ").And.Contain(because);
    }

    [Fact]
    public void Half_a_character_fails_the_run()
    {
        var code = Features.Code((flow, _) =>
        {
            flow.SetAttribute("name", "a\ud800");
            return Task.FromResult("");
        });

        var replay = Replay.Given(History.Started()).When(code);

        Replay.Describe(replay.Engine).Should().ContainSingle().Which.Should().Contain("half of a character at index 1");
    }

    [Fact]
    public void The_sixty_fifth_attribute_is_refused_and_may_come_when_another_has_gone()
    {
        var code = Features.Code((flow, _) =>
        {
            flow.SetAttributes(Enumerable.Range(0, 62).ToDictionary(i => $"own{i}", i => (string?)"v"));
            flow.SetAttribute("own0", "again");
            try
            {
                flow.SetAttribute("more", "v");
                return Task.FromResult("set");
            }
            catch (InvalidEventException refusal)
            {
                flow.SetAttributes(new Dictionary<string, string?> { ["own0"] = null, ["more"] = "v" });
                return Task.FromResult($"{refusal.Code} {refusal.Message}");
            }
        });

        var replay = Replay.Given(History.Created().ForeignAttributes(null, ("one", "v"), ("two", "v")).Starts()).When(code);

        Replay.Describe(replay.Engine).Should().HaveCount(4)
            .And.Contain("attributes_3 own0=gone more=v")
            .And.ContainSingle(command => command.StartsWith("end ", StringComparison.Ordinal))
            .Which.Should().Contain(ErrorCodes.InvalidAttributes).And.Contain("more than 64 attributes. Remove some first.");
    }

    [Fact]
    public void What_is_recorded_is_what_the_dictionary_had_when_it_was_given()
    {
        var changes = new Dictionary<string, string?> { ["a"] = "1" };
        var code = Features.Code((flow, _) =>
        {
            flow.SetAttributes(changes);
            changes["a"] = "2";
            flow.SetAttributes(new Dictionary<string, string?>());
            return Task.FromResult("");
        });

        Replay.Given(History.Started()).When(code).Then("attributes_1 a=1", "end \"\"");
    }

    [Theory]
    [InlineData("b", "1")]
    [InlineData("a", "2")]
    [InlineData("a", null)]
    public void Other_attributes_than_recorded_are_refused(string name, string? value)
    {
        var changed = Features.Code((flow, _) =>
        {
            flow.SetAttribute(name, value);
            return Task.FromResult("");
        });

        var replay = () => Replay.Given(History.Started().Attributes(1, ("a", "1"))).When(changed);

        var refusal = replay.Should().Throw<NondeterminismException>().Which;
        refusal.Recorded.Should().Be("attributes 'a' = '1' (attributes_1)");
        refusal.Requested.Should().Contain($"'{name}'").And.Contain(value ?? "removed");
    }

    [Fact]
    public void Attributes_that_the_code_does_not_ask_for_any_more_are_refused()
    {
        var changed = Features.Code((flow, _) => Features.Step(flow, "a"));

        var replay = () => Replay.Given(History.Started().Attributes(1, ("a", "1")).Step(2, "a")).When(changed);

        replay.Should().Throw<NondeterminismException>().Which.Position.Should().Be(3);
    }
}
