using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class StepNamesTests
{
    [Fact]
    public void A_name_is_numbered_from_its_second_use_on() =>
        Named("charge", "mail", "charge", "charge", "mail").Should().Equal("charge", "mail", "charge#1", "charge#2", "mail#1");

    [Theory]
    [InlineData("charge", "charge", "charge#1")]
    [InlineData("charge#1", "charge", "charge")]
    [InlineData("charge#1", "charge#1", "charge", "charge", "charge#0", "charge#1#1", "charge#1")]
    [InlineData("a#1#0", "a#1", "a", "a", "a#1", "a#1#0")]
    public void A_name_that_looks_numbered_never_meets_a_numbered_one(params string[] names) =>
        Named(names).Should().OnlyHaveUniqueItems();

    [Fact]
    public void A_name_that_looks_numbered_is_numbered_from_its_first_use_on() =>
        Named("charge#1", "charge", "charge", "charge#1", "#", "a#b", "7").Should()
            .Equal("charge#1#0", "charge", "charge#1", "charge#1#1", "#", "a#b", "7");

    [Fact]
    public void A_log_that_names_the_second_use_otherwise_does_not_fit()
    {
        var workflow = Features.Code(async (flow, _) => await Features.Step(flow, "a") + await Features.Step(flow, "a"));

        var replay = () => Replay.Given(History.Started().Step(1, "a").Completes(1, "x").Step(2, "a")).When(workflow);

        replay.Should().Throw<NondeterminismException>().WithMessage("*'a'*'a#1'*");
    }

    private static IEnumerable<string> Named(params string[] names)
    {
        var stepNames = new StepNames();
        return [.. names.Select(stepNames.Next)];
    }
}
