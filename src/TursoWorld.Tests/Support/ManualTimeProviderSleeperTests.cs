using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Support;

public sealed class ManualTimeProviderSleeperTests
{
    private readonly ManualTimeProvider _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_can_be_led_from_sleep_to_sleep()
    {
        var turns = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var loop = Task.Run(LoopAsync, Cancellation);

        for (var turn = 1; turn <= 100; turn++)
        {
            await _clock.SleeperAsync();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await _clock.SleeperAsync();
        turns.Should().Be(100);
        await stop.CancelAsync();
        await loop.Invoking(ended => ended).Should().ThrowAsync<OperationCanceledException>();

        async Task LoopAsync()
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _clock, stop.Token);
                turns++;
            }
        }
    }

    [Fact]
    public async Task Who_sleeps_already_is_noticed()
    {
        Arm(5);

        await _clock.SleeperAsync();
    }

    [Fact]
    public async Task Who_goes_to_sleep_later_is_awaited()
    {
        var sleeper = _clock.SleeperAsync();
        sleeper.IsCompleted.Should().BeFalse();

        Arm(5);

        await sleeper;
    }

    [Fact]
    public async Task Each_sleeper_answers_one_call()
    {
        Arm(5);
        await _clock.SleeperAsync();
        var second = _clock.SleeperAsync();
        second.IsCompleted.Should().BeFalse();

        Arm(5);

        await second;
    }

    [Fact]
    public async Task An_advance_discards_earlier_sleepers()
    {
        Arm(5);

        _clock.Advance(TimeSpan.FromSeconds(1));

        var sleeper = _clock.SleeperAsync();
        sleeper.IsCompleted.Should().BeFalse();
        Arm(5);
        await sleeper;
    }

    [Fact]
    public async Task A_timer_armed_inside_an_advance_counts_when_it_outlasts_it()
    {
        using var chain = _clock.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var first = _clock.CreateTimer(
            _ => chain.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan),
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        await _clock.SleeperAsync();
    }

    [Fact]
    public void A_timer_that_fires_in_the_advance_that_armed_it_is_no_sleeper()
    {
        var sleeper = Task.CompletedTask;
        using var first = _clock.CreateTimer(
            _ => { sleeper = _clock.SleeperAsync(); Arm(1); },
            null,
            TimeSpan.FromSeconds(1),
            Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        sleeper.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void A_disposed_timer_is_no_sleeper()
    {
        Arm(5).Dispose();

        _clock.SleeperAsync().IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task A_sleeper_that_must_wake_within_a_span_is_found_as_often_as_asked()
    {
        Arm(60);
        var soon = _clock.SleeperAsync(TimeSpan.FromSeconds(30));
        soon.IsCompleted.Should().BeFalse();

        Arm(30);

        await soon;
        await _clock.SleeperAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_sleeper_comes_within_the_span_when_the_clock_gets_near_it()
    {
        Arm(60);
        var soon = _clock.SleeperAsync(TimeSpan.FromSeconds(30));

        _clock.Advance(TimeSpan.FromSeconds(30));

        await soon;
    }

    private ITimer Arm(int dueSeconds) =>
        _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(dueSeconds), Timeout.InfiniteTimeSpan);
}
