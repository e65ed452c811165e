using FluentAssertions;
using TursoWorld.Queue;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(48, 60)]
    [InlineData(int.MaxValue, 60)]
    public void It_doubles_up_to_a_minute_and_strays_a_fifth_at_most(int failures, int seconds)
    {
        var shortest = Backoff.After(failures, new FixedRandom(0));
        var longest = Backoff.After(failures, new FixedRandom(0.999999));
        var middle = Backoff.After(failures, new FixedRandom(0.5));

        shortest.Should().Be(TimeSpan.FromSeconds(seconds * 0.8));
        middle.Should().Be(TimeSpan.FromSeconds(seconds));
        longest.Should().BeCloseTo(TimeSpan.FromSeconds(seconds * 1.2), TimeSpan.FromMilliseconds(1));
    }

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
