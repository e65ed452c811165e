using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Support;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly List<string> _fired = [];
    private readonly DateTimeOffset _start;

    public ManualTimeProviderTests() => _start = _clock.GetUtcNow();

    [Fact]
    public void Time_and_timestamps_move_only_when_told()
    {
        var began = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromMinutes(3));

        _clock.GetUtcNow().Should().Be(_start + TimeSpan.FromMinutes(3));
        _clock.GetElapsedTime(began).Should().Be(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public void Timers_fire_in_due_order_while_the_clock_stands_at_their_due_time()
    {
        Arm("third", 3);
        Arm("first", 1);
        Arm("also first", 1);
        Arm("too late", 9);

        _clock.Advance(TimeSpan.FromSeconds(5));

        _fired.Should().Equal("first at 1", "also first at 1", "third at 3");
        _clock.GetUtcNow().Should().Be(_start.AddSeconds(5));
    }

    [Fact]
    public void A_timer_that_a_callback_arms_fires_in_the_same_advance_when_it_falls_due_in_it()
    {
        _clock.CreateTimer(_ => Arm("inner", 2), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Arm("outer", 4);

        _clock.Advance(TimeSpan.FromSeconds(4));

        _fired.Should().Equal("inner at 3", "outer at 4");
    }

    [Fact]
    public void A_timer_with_a_period_repeats()
    {
        Arm("tick", 1, period: 2);

        _clock.Advance(TimeSpan.FromSeconds(5));

        _fired.Should().Equal("tick at 1", "tick at 3", "tick at 5");
    }

    [Fact]
    public void A_changed_timer_fires_at_its_new_time_only()
    {
        var timer = Arm("changed", 1, period: 1);

        timer.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan).Should().BeTrue();
        _clock.Advance(TimeSpan.FromSeconds(10));

        _fired.Should().Equal("changed at 3");
    }

    [Fact]
    public void A_stopped_or_disposed_timer_does_not_fire()
    {
        Arm("stopped", 1).Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var disposed = Arm("disposed", 1);
        disposed.Dispose();

        _clock.Advance(TimeSpan.FromSeconds(1));

        disposed.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Should().BeFalse();
        _fired.Should().BeEmpty();
    }

    [Fact]
    public async Task A_timer_that_is_due_at_once_fires_without_an_advance()
    {
        var fired = new TaskCompletionSource();

        using var timer = _clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void An_advance_inside_a_callback_never_moves_the_clock_back()
    {
        _clock.CreateTimer(
            _ => _clock.Advance(TimeSpan.FromHours(1)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        _clock.GetUtcNow().Should().Be(_start.AddSeconds(1).AddHours(1));
    }

    [Fact]
    public async Task A_delay_of_the_framework_follows_the_clock()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var delay = Task.Delay(TimeSpan.FromHours(1), _clock, cancellationToken);

        _clock.Advance(TimeSpan.FromHours(1));

        await delay.WaitAsync(cancellationToken);
    }

    private ITimer Arm(string name, int dueSeconds, int period = -1) => _clock.CreateTimer(
        _ => _fired.Add($"{name} at {(_clock.GetUtcNow() - _start).TotalSeconds}"),
        null,
        TimeSpan.FromSeconds(dueSeconds),
        period < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period));
}
