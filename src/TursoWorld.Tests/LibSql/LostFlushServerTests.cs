using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Tests.Sqlite;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Answers get lost, requests come late, servers do not answer: nothing is written twice, and nothing is lost unsaid.</summary>
public sealed class LostFlushServerTests
{
    public enum Cut
    {
        BeforeForwarding,
        Answer,
        HalfAnswer,
        BadGateway,
        BadGatewayAfterForwarding,
    }

    /// <summary>What becomes of a flush, and of the question what became of it.</summary>
    public static IEnumerable<TheoryDataRow<Cut, Cut?>> Cuts =>
        from flush in Enum.GetValues<Cut>()
        from question in Enum.GetValues<Cut>().Cast<Cut?>().Prepend(null)
        select new TheoryDataRow<Cut, Cut?>(flush, question);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_flush_that_is_cut_is_written_once(Cut flush, Cut? question)
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        bench.Proxy.Add(FaultOf(flush), ServerBench.Flush);
        if (question is { } second)
        {
            bench.Proxy.Add(FaultOf(second), ServerBench.Question);
        }

        var result = await database.WriteAsync(new Unit(Items.Insert(2), Items.Insert(3)), Cancellation);

        result.IsCommitted.Should().BeTrue();
        result.Rows.Should().HaveCount(2).And.OnlyContain(rows => rows.Count == 0);
        (await bench.IdsAsync()).Should().Equal(1, 2, 3);
        (await database.WriteAsync(Items.UnitOf(4), Cancellation)).IsCommitted.Should().BeTrue();
    }

    [Theory]
    [InlineData(Cut.BeforeForwarding)]
    [InlineData(Cut.Answer)]
    public async Task Units_of_a_flush_that_is_cut_each_get_their_own_outcome(Cut cut)
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var fault = bench.Proxy.Add(FaultOf(cut), "(?1, ?2)", skip: 1);
        var hold = new Hold();
        bench.Proxy.Add(new Fault.HoldAnswer(hold), ServerBench.Flush);
        var first = database.WriteAsync(Items.UnitOf(2), Cancellation);
        await hold.ReachedAsync();

        Task<UnitResult>[] writes =
        [
            database.WriteAsync(Items.UnitOf(3), Cancellation),
            database.WriteAsync(new Unit(Items.Insert(4)) { Guard = Items.Guard(holds: false) }, Cancellation),
            database.WriteAsync(Items.UnitOf(1), Cancellation),
            database.WriteAsync(new Unit(Items.Insert(5), Items.Insert(6)) { Guard = Items.Guard(holds: true) }, Cancellation),
            database.WriteAsync(new Unit(Items.Insert(7), Items.Insert(2)), Cancellation), // half way
        ];
        hold.Release();
        var results = await Task.WhenAll(writes);

        (await first).IsCommitted.Should().BeTrue();
        fault.Hits.Should().Be(1);
        results.Select(result => result.Error).Should().Equal(
            SqlErrorKind.None, SqlErrorKind.GuardFailed, SqlErrorKind.UniqueViolation, SqlErrorKind.None, SqlErrorKind.UniqueViolation);
        (await bench.IdsAsync()).Should().Equal(1, 2, 3, 5, 6);
    }

    [Fact]
    public async Task Rows_that_are_lost_with_the_answer_leave_an_unknown_outcome()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        bench.Proxy.Add(new Fault.CutAnswer(), ServerBench.Flush);
        var statement = new SqlStatement("INSERT INTO item (id, value) VALUES (2, 'x') RETURNING id");

        var result = await database.WriteAsync(new Unit(statement), Cancellation);

        result.Error.Should().Be(SqlErrorKind.OutcomeUnknown);
        result.Exception!.Code.Should().Be(ErrorCodes.OutcomeUnknown);
        (await bench.IdsAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task A_flush_that_comes_late_is_refused()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var late = new Fault.ForwardLater(new Hold());
        bench.Proxy.Add(late, ServerBench.Flush);

        var result = await database.WriteAsync(new Unit(new SqlStatement("INSERT INTO item (value) VALUES ('x')")), Cancellation);
        late.Hold.Release();
        await late.Forwarded;

        result.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().HaveCount(2);
        (await database.WriteAsync(Items.UnitOf(9), Cancellation)).IsCommitted.Should().BeTrue();
    }

    [Fact]
    public async Task A_flush_that_comes_late_after_it_was_given_up_changes_nothing()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var late = new Fault.ForwardLater(new Hold());
        bench.Proxy.Add(late, ServerBench.Flush);
        var isSilent = true;
        bench.Proxy.Add(
            new Fault.CutBeforeForwarding(),
            request => Volatile.Read(ref isSilent) && request.Body.Contains(ServerBench.Question, StringComparison.Ordinal),
            times: 1_000);
        var given = await database.WriteAsync(Items.UnitOf(2), Cancellation);

        Volatile.Write(ref isSilent, false);
        var next = await database.WriteAsync(Items.UnitOf(3), Cancellation);
        late.Hold.Release();
        await late.Forwarded;

        given.Error.Should().Be(SqlErrorKind.OutcomeUnknown);
        next.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(1, 3);
    }

    [Fact]
    public async Task A_server_that_refuses_is_tried_again_and_then_given_up()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var busy = bench.Proxy.Add(
            new Fault.Answer("429 Too Many Requests", """{"error":"Too many concurrent requests"}"""), ServerBench.Flush, times: 3);

        (await database.WriteAsync(Items.UnitOf(2), Cancellation)).IsCommitted.Should().BeTrue();
        busy.Hits.Should().Be(3);
        bench.Proxy.Add(new Fault.Answer("429 Too Many Requests", """{"error":"Too many concurrent requests"}"""), ServerBench.Flush, times: 1_000);
        var refused = await database.WriteAsync(Items.UnitOf(3), Cancellation);

        refused.Error.Should().Be(SqlErrorKind.Busy);
        refused.Exception.Should().BeOfType<StorageException>().Which.IsTransient.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task A_server_that_reads_and_does_not_write_is_reported_and_settled_when_it_is_back()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        var hold = new Hold();
        bench.Proxy.Add(new Fault.HoldRequest(hold), "BEGIN IMMEDIATE", times: 1_000);

        var unknown = await database.WriteAsync(Items.UnitOf(2), Cancellation);
        await bench.Transitions.NextAsync(TransitionKind.DatabaseStalled, database.Name);
        var refused = await database.WriteAsync(Items.UnitOf(3), Cancellation);
        hold.Release();
        var written = await database.WriteAsync(Items.UnitOf(4), Cancellation);

        unknown.Error.Should().Be(SqlErrorKind.OutcomeUnknown);
        refused.Exception!.Code.Should().Be(ErrorCodes.DatabaseStalled);
        written.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(1, 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_breaks_what_was_acknowledged_is_there_once(int seed)
    {
        var random = new Random(seed);
        await using var bench = await ServerBench.CreateAsync();
        var databases = new[] { bench.Open(), bench.Open() };
        var cuts = Enum.GetValues<Cut>();
        for (var i = 0; i < 60; i++)
        {
            bench.Proxy.Add(FaultOf(cuts[random.Next(cuts.Length)]), "BEGIN IMMEDIATE", skip: i * 3 + random.Next(3));
        }

        var units = Enumerable.Range(1, 300).Select(i => (
            Id: i,
            Unit: random.Next(4) switch
            {
                0 => new Unit(Items.Insert(i)) { Guard = Items.Guard(holds: false) },
                1 => new Unit(Items.Insert(i), Items.Insert(-i)) { Guard = Items.Guard(holds: true) },
                2 => new Unit(new SqlStatement("INSERT INTO item (id, value) VALUES (@id, NULL) RETURNING id", ("id", i))),
                _ => Items.UnitOf(i),
            })).ToList();
        var written = await Task.WhenAll(units.Select(async each =>
            (each.Id, each.Unit, Result: await databases[each.Id % 2].WriteAsync(each.Unit, Cancellation))));

        var ids = (await bench.IdsAsync()).ToHashSet();
        written.Where(each => each.Result.IsCommitted).Should().OnlyContain(each => ids.Contains(each.Id));
        written.Where(each => each.Result.Error is not (SqlErrorKind.None or SqlErrorKind.OutcomeUnknown))
            .Should().OnlyContain(each => !ids.Contains(each.Id) && each.Result.Error != SqlErrorKind.UniqueViolation);
        written.Where(each => each.Unit.Statements.Count == 2).Should().OnlyContain(each => ids.Contains(each.Id) == ids.Contains(-each.Id));
        written.Count(each => each.Result.Error == SqlErrorKind.OutcomeUnknown).Should().BeLessThan(100);
    }

    private static Fault FaultOf(Cut cut) => cut switch
    {
        Cut.BeforeForwarding => new Fault.CutBeforeForwarding(),
        Cut.Answer => new Fault.CutAnswer(),
        Cut.HalfAnswer => new Fault.HalfAnswer(),
        Cut.BadGateway => new Fault.Answer("502 Bad Gateway", "<html>bad gateway</html>") { ContentType = "text/html" },
        _ => new Fault.Answer("502 Bad Gateway", "<html>bad gateway</html>") { ContentType = "text/html", AfterForwarding = true },
    };
}
