using FluentAssertions;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class NativeSleepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(2_500)]
    [InlineData(1_020_000)]
    public void It_sleeps_at_least_as_long_as_asked(int microseconds)
    {
        var start = TimeProvider.System.GetTimestamp();

        NativeSleep.Microseconds(microseconds);

        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThanOrEqualTo(
            TimeSpan.FromMicroseconds(microseconds));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void Nothing_to_sleep_is_no_sleep(long microseconds)
    {
        var sleep = () => NativeSleep.Microseconds(microseconds);

        sleep.Should().NotThrow();
    }
}
