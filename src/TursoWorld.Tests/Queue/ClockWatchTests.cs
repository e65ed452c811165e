using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class ClockWatchTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ManualTimeProvider _clock = new();
    private readonly WakeHub _hub = new();
    private readonly ClockWatch _watch;
    private int _moved;

    public ClockWatchTests()
    {
        _hub.ClockMoved += () => _moved++;
        _watch = new ClockWatch(_clock, _hub);
    }

    [Fact]
    public void A_clock_that_goes_with_the_timers_is_left_alone()
    {
        Look(100);

        _moved.Should().Be(0);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(-300)]
    [InlineData(7_200_000)]
    [InlineData(-3_600_000)]
    public void A_clock_that_is_set_is_told_once(int milliseconds)
    {
        Look(3);

        Set(TimeSpan.FromMilliseconds(milliseconds));
        Look(100);

        _moved.Should().Be(1);
    }

    [Fact]
    public void A_clock_that_goes_wrong_is_told_before_a_second_is_lost()
    {
        for (var i = 0; i < 100; i++)
        {
            Set(TimeSpan.FromMilliseconds(10));
            Look(1);
        }

        _moved.Should().Be(3);
    }

    [Fact]
    public void A_process_that_stood_still_looks_although_its_time_stamps_went_on()
    {
        Look(3);
        _clock.Advance(TimeSpan.FromHours(2));
        Look(100);

        _moved.Should().Be(1);
    }

    private void Look(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _clock.Advance(Pause);
            _watch.Look();
        }
    }

    private void Set(TimeSpan by)
    {
        if (by > TimeSpan.Zero)
        {
            _clock.SetAhead(by);
        }
        else
        {
            _clock.SetBack(-by);
        }
    }
}
