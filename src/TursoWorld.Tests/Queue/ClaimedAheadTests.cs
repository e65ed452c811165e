using FluentAssertions;
using TursoWorld.Abstractions;
using TursoWorld.Queue;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Queue;

/// <summary>How many messages are claimed before there is a slot for them.</summary>
public sealed class ClaimedAheadTests
{
    private readonly ManualTimeProvider _clock = new();
    private bool _isShared;

    [Fact]
    public void It_begins_with_none_and_grows_with_every_message_that_is_done()
    {
        var ahead = Create(concurrency: 2);

        ahead.Limit.Should().Be(0);
        Work(ahead, 3, TimeSpan.FromMicroseconds(10));

        ahead.Limit.Should().Be(3);
        ahead.Room(coming: 1).Should().Be(2);
    }

    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, 40)]
    public void It_ends_with_what_the_slots_get_through_in_a_moment(bool isShared, int limit)
    {
        _isShared = isShared;
        var ahead = Create(concurrency: 20);

        Work(ahead, 1_000, TimeSpan.FromMilliseconds(10));

        ahead.Limit.Should().Be(limit);
    }

    [Theory]
    [InlineData(false, 0, 33_554)]
    [InlineData(false, 1_000_000, 16)]
    [InlineData(true, 0, 80)]
    public void It_ends_with_what_memory_bears_or_what_others_can_spare(bool isShared, int bytes, int limit)
    {
        _isShared = isShared;
        var ahead = Create(concurrency: 20);

        Work(ahead, 40_000, TimeSpan.FromMicroseconds(1), bytes);

        ahead.Limit.Should().Be(limit);
    }

    [Fact]
    public void A_pause_that_meets_one_handler_does_not_make_them_slow()
    {
        var ahead = Create(concurrency: 20);
        Work(ahead, 5_000, TimeSpan.FromMicroseconds(10));

        Work(ahead, 1, TimeSpan.FromMilliseconds(50));

        ahead.Limit.Should().BeGreaterThan(5_000);
    }

    [Fact]
    public void It_falls_once_handlers_are_slow()
    {
        var ahead = Create(concurrency: 20);
        Work(ahead, 5_000, TimeSpan.FromMicroseconds(10));

        Work(ahead, 20, TimeSpan.FromSeconds(1));

        ahead.Limit.Should().BeLessThan(20);
    }

    [Fact]
    public void Handlers_that_are_slow_from_the_start_get_none()
    {
        var ahead = Create(concurrency: 2);

        Work(ahead, 3, TimeSpan.FromSeconds(1));

        ahead.Limit.Should().Be(0);
    }

    [Fact]
    public void It_starts_again_after_a_failure()
    {
        var ahead = Create(concurrency: 20);
        Work(ahead, 100, TimeSpan.FromMicroseconds(1));

        ahead.Stop();

        ahead.Limit.Should().Be(0);
        ahead.HasRoom(coming: 0).Should().BeFalse();
    }

    [Fact]
    public void What_waits_is_kept_from_another_process_for_a_shorter_time()
    {
        var ahead = Create(concurrency: 1);
        ahead.PatienceLeft().Should().BeNull("none waits");
        ahead.Add(Waiting());

        _clock.Advance(TimeSpan.FromMilliseconds(60));

        ahead.PatienceLeft().Should().Be(TimeSpan.FromMilliseconds(1_940));
        _isShared = true;
        ahead.PatienceLeft().Should().Be(TimeSpan.FromMilliseconds(40));
    }

    private static void Work(ClaimedAhead ahead, int messages, TimeSpan elapsed, int bytes = 100)
    {
        for (var i = 0; i < messages; i++)
        {
            ahead.Done(elapsed, bytes);
        }
    }

    private ClaimedAhead Create(int concurrency) => new(concurrency, () => _isShared, _clock);

    private Delivery Waiting()
    {
        var claim = new ClaimedMessage
        {
            MessageKey = 1,
            MessageId = "msg_1",
            RunKey = 0,
            LeaseToken = "token",
            Wakes = 0,
            Attempt = 1,
            Failures = 0,
        };
        var message = new QueueMessage
        {
            MessageId = "msg_1",
            QueueName = "mail",
            Payload = default,
            Headers = MessageStore.ReadHeaders(null),
            Attempt = 1,
        };
        return new Delivery(new PlainMessage(claim, message, MaxFailures: 3), _clock.GetTimestamp());
    }
}
