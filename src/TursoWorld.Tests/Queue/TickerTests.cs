using FluentAssertions;
using TursoWorld.Queue;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class TickerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task The_clock_of_a_test_ticks_when_it_is_told_to()
    {
        var clock = new ManualTimeProvider();
        var ticks = 0;
        var ticker = new Ticker(() => Interval, clock, () => ticks++);
        ticker.Start();

        clock.Advance(Interval / 2);
        var before = ticks;
        clock.Advance(3 * Interval);
        var after = ticks;
        await ticker.DisposeAsync();
        clock.Advance(Interval);

        (before, after, ticks).Should().Be((0, 3, 3));
    }

    [Fact]
    public async Task A_pause_that_becomes_longer_holds_from_the_next_one_on()
    {
        var clock = new ManualTimeProvider();
        var pause = Interval;
        var ticks = 0;
        await using var ticker = new Ticker(() => pause, clock, () => ticks++);
        ticker.Start();

        pause = 2 * Interval;
        clock.Advance(Interval);
        clock.Advance(Interval);
        var before = ticks;
        clock.Advance(Interval);

        (before, ticks).Should().Be((1, 2));
    }

    [Fact]
    public async Task The_clock_of_the_system_ticks_without_the_context_of_whoever_started_it()
    {
        var ambient = new AsyncLocal<string?> { Value = "of the caller" };
        var third = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ticks = 0;
        var ticker = new Ticker(() => Interval, TimeProvider.System, () =>
        {
            if (++ticks == 3)
            {
                third.SetResult(ambient.Value);
            }
        });
        ticker.Start();

        var seen = await third.Task.WaitAsync(TestContext.Current.CancellationToken);
        await ticker.DisposeAsync();

        seen.Should().BeNull();
    }
}
