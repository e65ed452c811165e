using FluentAssertions;
using TursoWorld.Sql.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class ServerClockTests
{
    private readonly ManualTimeProvider _own = new();
    private readonly ServerClock _clock;

    public ServerClockTests() => _clock = new ServerClock(_own);

    [Theory]
    [InlineData(0)]
    [InlineData(-3_600_000)]
    [InlineData(3_600_000)]
    public void It_follows_the_server_as_closely_as_an_answer_tells(int differenceMs)
    {
        Ask(TimeSpan.FromMilliseconds(differenceMs), there: 40, back: 60);

        var error = _clock.GetUtcNow() - _own.GetUtcNow() - TimeSpan.FromMilliseconds(differenceMs);
        error.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(-60)).And.BeLessThanOrEqualTo(TimeSpan.FromMilliseconds(41));
    }

    [Fact]
    public void It_stands_still_while_what_it_is_told_may_be_so()
    {
        Ask(TimeSpan.FromSeconds(5), there: 1, back: 1);
        var offset = Offset;

        Ask(TimeSpan.FromSeconds(5), there: 500, back: 1);
        Ask(TimeSpan.FromSeconds(5), there: 1, back: 500);

        Offset.Should().Be(offset);
    }

    [Fact]
    public void It_gets_better_with_every_quick_answer()
    {
        Ask(TimeSpan.FromSeconds(5), there: 400, back: 400);

        Ask(TimeSpan.FromSeconds(5), there: 1, back: 1);

        Offset.Should().BeCloseTo(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(2));
    }

    [Fact]
    public void Its_timers_and_time_stamps_are_the_own_ones()
    {
        var fired = false;
        Ask(TimeSpan.FromHours(1), there: 1, back: 1);
        using var timer = _clock.CreateTimer(_ => fired = true, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _own.Advance(TimeSpan.FromSeconds(1));

        fired.Should().BeTrue();
        _clock.GetTimestamp().Should().Be(_own.GetTimestamp());
        _clock.TimestampFrequency.Should().Be(_own.TimestampFrequency);
    }

    private TimeSpan Offset => _clock.GetUtcNow() - _own.GetUtcNow();

    /// <summary>A question to a server whose clock differs from the own one.</summary>
    private void Ask(TimeSpan difference, int there, int back)
    {
        var asked = _clock.GetOwnUtcNow();
        _own.Advance(TimeSpan.FromMilliseconds(there));
        var told = _own.GetUtcNow() + difference;
        _own.Advance(TimeSpan.FromMilliseconds(back));
        _clock.Observe(asked, _clock.GetOwnUtcNow(), told);
    }
}
