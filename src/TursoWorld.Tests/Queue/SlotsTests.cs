using FluentAssertions;
using TursoWorld.Abstractions;
using Xunit;

namespace TursoWorld.Tests.Queue;

public sealed class SlotsTests : IDisposable
{
    private readonly Slots _slots = new(2);
    private int _told;

    public SlotsTests() => _slots.Freed += () => _told++;

    public void Dispose() => _slots.Dispose();

    [Fact]
    public void Who_counts_no_free_slot_is_told_of_the_next_one_once()
    {
        _slots.Take(2);
        _slots.CountFree().Should().Be(0);

        _slots.Release();
        _slots.Release();

        _told.Should().Be(1);
    }

    [Fact]
    public void Who_counts_a_free_slot_is_told_nothing()
    {
        _slots.Take(1);
        _slots.CountFree().Should().Be(1);

        _slots.Release();

        _told.Should().Be(0);
    }

    [Fact]
    public void Who_counts_again_and_finds_one_is_told_nothing_any_more()
    {
        _slots.Take(2);
        _slots.CountFree();
        _slots.Freed += () => _slots.CountFree().Should().Be(1);
        _slots.Release();

        _slots.Release();

        _told.Should().Be(1);
    }

    [Fact]
    public async Task However_counting_and_releasing_interleave_no_free_slot_stays_untold()
    {
        using var one = new Slots(1);
        var told = 0;
        one.Freed += () => Interlocked.Exchange(ref told, 1);
        for (var i = 0; i < 20_000; i++)
        {
            Volatile.Write(ref told, 0);
            one.Take(1);
            var counting = Task.Run(one.CountFree, TestContext.Current.CancellationToken);
            one.Release();
            var counted = await counting;
            (counted + Volatile.Read(ref told)).Should().BePositive($"round {i} has a free slot");
        }
    }
}
