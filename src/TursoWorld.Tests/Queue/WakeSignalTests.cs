using FluentAssertions;
using TursoWorld.Queue;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class WakeSignalTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly WakeSignal _signal;

    public WakeSignalTests() => _signal = new WakeSignal(_clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_signal_before_the_wait_is_not_lost()
    {
        _signal.Set();

        await _signal.WaitUntilAsync(null, Cancellation);
    }

    [Fact]
    public async Task Signals_while_nobody_waits_count_once()
    {
        _signal.Set();
        _signal.Set();
        await _signal.WaitUntilAsync(null, Cancellation);

        var second = _signal.WaitUntilAsync(null, Cancellation);

        second.IsCompleted.Should().BeFalse();
        _signal.Set();
        await second;
    }

    [Fact]
    public async Task A_signal_ends_a_wait()
    {
        var wait = _signal.WaitUntilAsync(_clock.GetUtcNow() + TimeSpan.FromHours(1), Cancellation);
        wait.IsCompleted.Should().BeFalse();

        _signal.Set();

        await wait;
    }

    [Fact]
    public async Task Time_ends_a_wait()
    {
        var wait = _signal.WaitUntilAsync(_clock.GetUtcNow() + TimeSpan.FromSeconds(5), Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(4));
        wait.IsCompleted.Should().BeFalse();

        _clock.Advance(TimeSpan.FromSeconds(1));

        await wait;
    }

    [Fact]
    public async Task A_wait_that_timed_out_swallows_no_later_signal()
    {
        var first = _signal.WaitUntilAsync(_clock.GetUtcNow() + TimeSpan.FromSeconds(5), Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await first;
        _signal.Set();

        await _signal.WaitUntilAsync(null, Cancellation);
    }

    [Fact]
    public async Task Cancellation_ends_a_wait_with_an_exception()
    {
        using var cancel = new CancellationTokenSource();
        var wait = _signal.WaitUntilAsync(null, cancel.Token);

        await cancel.CancelAsync();

        await wait.Invoking(ended => ended).Should().ThrowAsync<OperationCanceledException>();
    }
}
