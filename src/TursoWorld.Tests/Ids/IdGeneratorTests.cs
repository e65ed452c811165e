using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using TursoWorld.Ids;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Ids;

public sealed class IdGeneratorTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly IdGenerator _ids;

    public IdGeneratorTests() => _ids = new IdGenerator(_clock);

    [Fact]
    public void Ids_say_what_they_name()
    {
        _ids.NewRunId().Should().MatchRegex("^wrun_[0-7][0-9A-HJKMNP-TV-Z]{25}$");
        _ids.NewWorkerId().Should().MatchRegex("^wrkr_[0-7][0-9A-HJKMNP-TV-Z]{25}$");
        _ids.NewLeaseToken().Should().MatchRegex("^[0-7][0-9A-HJKMNP-TV-Z]{25}$");
    }

    [Fact]
    public void Ids_carry_the_time_of_the_clock()
    {
        var id = _ids.NewLeaseToken();

        id.Should().StartWith(IdGenerator.RunIdOf(_clock.GetUtcNow(), new byte[10])["wrun_".Length..^16]);
    }

    [Fact]
    public void Ids_carry_the_instant_of_a_clock_that_has_an_offset()
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));
        var ids = new IdGenerator(new FakeTimeProvider(at));

        IdGenerator.TimeOfRunId(ids.NewRunId()).Should().Be(at);
    }

    [Fact]
    public void Ids_of_one_millisecond_ascend()
    {
        var ids = Enumerable.Range(0, 1_000).Select(_ => _ids.NewLeaseToken()).ToList();

        ids.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Ids_ascend_when_the_clock_goes_on()
    {
        var ids = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            ids.Add(_ids.NewLeaseToken());
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        ids.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Ids_ascend_when_the_clock_goes_back()
    {
        var clock = new SteppingClock(10_000, 9_000, 0, 9_999, 10_001);
        var ids = new IdGenerator(clock);

        var made = Enumerable.Range(0, 5).Select(_ => ids.NewLeaseToken()).ToList();

        made.Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Many_threads_get_ids_of_their_own()
    {
        var ids = Enumerable.Range(0, 4_000).AsParallel().Select(_ => _ids.NewRunId()).ToList();

        ids.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Two_generators_make_different_ids_at_the_same_time()
    {
        var other = new IdGenerator(_clock);

        other.NewRunId().Should().NotBe(_ids.NewRunId());
    }

    [Fact]
    public void A_run_and_its_message_have_the_same_ULID() => IdGenerator.MessageIdOf("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .Should().Be("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV");

    [Fact]
    public void A_fresh_run_id_is_one() => IdGenerator.IsRunId(_ids.NewRunId()).Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("wrun_")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("WRUN_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("wrun_01arz3ndektsv4rrffq69g5fav")]
    [InlineData("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV\n")]
    [InlineData(" wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FA")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FAVV")]
    [InlineData("wrun_81ARYZ6S41TSV4RRFFQ69G5FAV")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FAI")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FAL")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FAO")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FAU")]
    [InlineData("wrun_01ARYZ6S41TSV4RRFFQ69G5FA ")]
    [InlineData("wrun_０1ARYZ6S41TSV4RRFFQ69G5FA")]
    public void A_text_that_is_not_canonical_is_not_a_run_id(string text) => IdGenerator.IsRunId(text).Should().BeFalse();

    [Theory]
    [InlineData(0, "0000000000")]
    [InlineData(1, "0000000001")]
    [InlineData(1_469_918_176_385, "01ARYZ6S41")]
    [InlineData(253_402_300_799_999, "76EZ91ZPZZ")]
    public void A_run_id_has_the_time_first_and_then_the_random_bytes(long milliseconds, string encoded)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

        var id = IdGenerator.RunIdOf(at, [255, 255, 255, 255, 255, 255, 255, 255, 255, 254]);

        id.Should().Be($"wrun_{encoded}ZZZZZZZZZZZZZZZY");
        IdGenerator.IsRunId(id).Should().BeTrue();
        IdGenerator.TimeOfRunId(id).Should().Be(at);
    }

    [Fact]
    public void A_run_id_may_have_a_time_after_the_last_date()
    {
        const string Id = "wrun_7ZZZZZZZZZTSV4RRFFQ69G5FAV";

        IdGenerator.IsRunId(Id).Should().BeTrue();
        IdGenerator.TimeOfRunId(Id).Should().Be(DateTimeOffset.MaxValue);
    }

    [Fact]
    public void Seeds_have_sixteen_bytes_and_differ()
    {
        var seeds = Enumerable.Range(0, 100).Select(_ => IdGenerator.NewSeed()).ToList();

        seeds.Should().OnlyContain(seed => seed.Length == 16);
        seeds.Select(Convert.ToHexString).Should().OnlyHaveUniqueItems();
    }

    private sealed class SteppingClock(params long[] milliseconds) : TimeProvider
    {
        private int _next;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds[_next++]);
    }
}
