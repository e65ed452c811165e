using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;
using TursoWorld.Tests.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Two misfortunes at once, and writers that come, write and go.</summary>
public sealed class ServerMisfortuneTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unit_that_was_refused_stays_so_when_its_answer_is_lost_twice()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var hold = new Hold();
        bench.Proxy.Add(new Fault.HoldAnswer(hold), ServerBench.Flush);
        var first = database.WriteAsync(Items.UnitOf(2), Cancellation);
        await hold.ReachedAsync();
        var cuts = bench.Proxy.Add(new Fault.CutAnswer(), "INSERT INTO item", skip: 2, times: 2); // behind the flushes without savepoints

        var whole = database.WriteAsync(Items.UnitOf(3), Cancellation);
        var broken = database.WriteAsync(new Unit(Items.Insert(4), Items.Insert(1)), Cancellation);
        hold.Release();

        (await first).IsCommitted.Should().BeTrue();
        (await whole).IsCommitted.Should().BeTrue();
        (await broken).Error.Should().Be(SqlErrorKind.UniqueViolation);
        cuts.Hits.Should().Be(2);
        (await bench.IdsAsync()).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task Whoever_writes_and_leaves_between_two_looks_is_noticed()
    {
        await using var bench = await ServerBench.CreateAsync();
        var own = bench.Open();
        var before = await own.ReadChangeCounterAsync(Cancellation);

        var counters = new List<long>();
        for (var visit = 1; visit <= 2; visit++)
        {
            var visitor = bench.Open();
            await visitor.WriteAsync(Items.UnitOf(visit), Cancellation);
            await bench.CloseAsync(visitor);
            counters.Add(await own.ReadChangeCounterAsync(Cancellation));
        }

        counters.Should().OnlyHaveUniqueItems().And.NotContain(before);
        own.IsShared.Should().BeFalse();
        (await bench.RunAsync("SELECT writer_id FROM writers WHERE flush_no > 0")).Should().ContainSingle();
    }

    [Fact]
    public async Task The_clock_of_the_server_is_known_with_the_first_answer()
    {
        await using var bench = await ServerBench.CreateAsync();
        var clock = new ServerClock(new ManualTimeProvider());
        var database = bench.Open(clock);

        await database.ReadAsync(reader => reader.ScalarAsync<long>("SELECT 1"), Cancellation);

        var server = (long)(await bench.RunAsync(WriterSql.Now))[0][0]!; // a number
        clock.GetUtcNow().Should().BeCloseTo(SqlTime.FromColumn(server), TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData("libsql://host.example?eyJhbGciOiJFZERTQSJ9.secret")]
    [InlineData("libsql://host.example?authtoken=eyJhbGciOiJFZERTQSJ9.secret")]
    public void A_token_in_the_wrong_place_is_not_repeated(string url)
    {
        var create = () => WorldFactory.CreateWorld(new() { DatabaseUrl = url });

        create.Should().Throw<InvalidOptionsException>().Which.Message.Should().Contain("authToken").And.NotContain("eyJ");
    }

    [Fact]
    public void A_token_with_a_line_end_is_refused_at_once_and_not_shown()
    {
        var create = () => WorldFactory.CreateWorld(new() { DatabaseUrl = "libsql://host.example", AuthToken = "secret\n" });

        create.Should().Throw<InvalidOptionsException>().WithMessage("*AuthToken*line end*").Which.Message.Should().NotContain("secret");
    }
}
