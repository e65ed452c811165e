using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Sql.LibSql;
using TursoWorld.Tests.Sqlite;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Units on a server, when nothing breaks.</summary>
public sealed class FlushServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unit_is_there_when_its_call_returns()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();

        var result = await database.WriteAsync(new Unit(Items.Insert(1), Items.Insert(2)) { Guard = Items.Guard(holds: true) }, Cancellation);

        result.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task Rows_come_back_in_the_types_of_their_columns()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        var statement = new SqlStatement(
            "SELECT @number, @text, @bytes, @nothing",
            ("number", long.MinValue), ("text", "naïve\0 ☃"), ("bytes", new byte[] { 0, 255, 251 }));

        var result = await database.WriteAsync(new Unit(statement), Cancellation);

        var row = result.Rows[0].Should().ContainSingle().Subject;
        row.Integer(0).Should().Be(long.MinValue);
        row.Text(1).Should().Be("naïve\0 ☃");
        row.Bytes(2).Should().Equal(0, 255, 251);
        row.TextOrNull(3).Should().BeNull();
    }

    [Fact]
    public async Task The_key_of_a_row_comes_back_without_asking_for_it()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        var statement = new SqlStatement("INSERT INTO item (id, value) VALUES (77, 'x')") { ReturnsRowId = true };

        var result = await database.WriteAsync(new Unit(statement), Cancellation);

        result.Rows[0][0].Integer(0).Should().Be(77);
    }

    [Fact]
    public async Task A_unit_that_fails_takes_nobody_with_it()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();

        var results = await WriteTogetherAsync(
            database,
            Items.UnitOf(1),
            new Unit(Items.Insert(2), Items.Insert(1)),                          // half way
            new Unit(Items.Insert(3)) { Guard = Items.Guard(holds: false) },
            new Unit(Items.Insert(4, "forbidden")),
            new Unit(Items.Insert(5), Items.Insert(6)) { Guard = Items.Guard(holds: true) });

        results.Select(result => result.Error).Should().Equal(
            SqlErrorKind.None, SqlErrorKind.UniqueViolation, SqlErrorKind.GuardFailed, SqlErrorKind.ConstraintViolation, SqlErrorKind.None);
        results[2].Guard.Should().Be("lease");
        results[3].Exception.Should().BeOfType<StorageException>().Which.Message.Should().Contain(database.Name);
        (await bench.IdsAsync()).Should().Equal(1, 5, 6);
    }

    [Fact]
    public async Task Rows_that_units_insert_in_the_same_way_are_one_statement_and_fail_one_by_one()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);

        var results = await WriteTogetherAsync(
            database,
            new Unit(Items.InsertPair(10, 11), Items.InsertPair(12, 13)),
            new Unit(Items.InsertPair(20, 1)),                               // half of its only statement
            new Unit(Items.InsertPair(-1, 30)),                              // its own guard
            new Unit(Items.InsertPair(40, 41), Items.InsertPair(42, 1)),     // half way
            new Unit(Items.InsertPair(50, 51), new SqlStatement("SELECT count(*) FROM item WHERE id IN (50, 51)")));

        results.Select(result => result.Error).Should().Equal(
            SqlErrorKind.None, SqlErrorKind.UniqueViolation, SqlErrorKind.GuardFailed, SqlErrorKind.UniqueViolation, SqlErrorKind.None);
        results[4].Rows[1][0].Integer(0).Should().Be(2);
        (await bench.IdsAsync()).Should().Equal(1, 10, 11, 12, 13, 50, 51);
    }

    [Fact]
    public async Task More_rows_than_a_statement_has_parameters_for_are_written()
    {
        const int Rows = 20_000; // of two parameters; SQLite takes 32,766
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();

        var result = await database.WriteAsync(
            new Unit([.. Enumerable.Range(1, Rows).Select(static id => Items.Insert(id))]), Cancellation);

        result.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(Enumerable.Range(1, Rows).Select(static id => (long)id));
    }

    [Fact]
    public async Task A_statement_that_the_server_cannot_read_fails_alone()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();

        var results = await WriteTogetherAsync(
            database, Items.UnitOf(1), new Unit(new SqlStatement("INSERT INTO")), new Unit(new SqlStatement("DELETE FROM nowhere")), Items.UnitOf(2));

        results.Select(result => result.Error).Should().Equal(
            SqlErrorKind.None, SqlErrorKind.Other, SqlErrorKind.Other, SqlErrorKind.None);
        (await bench.IdsAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task More_than_fits_into_one_request_is_written_in_several()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(0), Cancellation);
        var text = new string('x', 20_000);

        var results = await WriteTogetherAsync(database, [.. Enumerable.Range(1, 200).Select(i => new Unit(Items.Insert(i, text)))]);

        results.Should().OnlyContain(result => result.IsCommitted);
        (await bench.IdsAsync()).Should().HaveCount(201);
        bench.Proxy.Requests.Should().OnlyContain(request => request.Body.Length < 2_000_000);
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_asked_for_in_parts()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(0), Cancellation);
        var units = Enumerable.Range(1, 8).Select(i => new Unit(new SqlStatement(
            "INSERT INTO item (id, value) VALUES (@id, zeroblob(2000000)) RETURNING value", ("id", i))));

        var results = await WriteTogetherAsync(database, [.. units]);

        results.Should().OnlyContain(result => result.IsCommitted && result.Rows[0][0].Bytes(0).Length == 2_000_000);
        (await bench.IdsAsync()).Should().HaveCount(9);
    }

    [Fact]
    public async Task Two_writers_at_once_each_get_everything_written_once()
    {
        await using var bench = await ServerBench.CreateAsync();
        var (first, second) = (bench.Open(), bench.Open());

        var results = await Task.WhenAll(Enumerable.Range(1, 300).Select(i =>
            (i % 2 == 0 ? first : second).WriteAsync(Items.UnitOf(i), Cancellation)));

        results.Should().OnlyContain(result => result.IsCommitted);
        (await bench.IdsAsync()).Should().Equal(Enumerable.Range(1, 300).Select(i => (long)i));
    }

    [Fact]
    public async Task A_writer_whose_row_is_gone_goes_on_under_another_name()
    {
        await using var bench = await ServerBench.CreateAsync();
        var database = bench.Open();
        await database.WriteAsync(Items.UnitOf(1), Cancellation);
        await bench.RunAsync("DELETE FROM writers");

        var result = await database.WriteAsync(Items.UnitOf(2), Cancellation);

        result.IsCommitted.Should().BeTrue();
        (await bench.IdsAsync()).Should().Equal(1, 2);
    }

    [Fact]
    public async Task Others_commits_change_the_counter_and_own_ones_do_not()
    {
        await using var bench = await ServerBench.CreateAsync();
        var (own, other) = (bench.Open(), bench.Open());
        await own.WriteAsync(Items.UnitOf(1), Cancellation);
        var before = await own.ReadChangeCounterAsync(Cancellation);

        await own.WriteAsync(Items.UnitOf(2), Cancellation);
        var afterOwn = await own.ReadChangeCounterAsync(Cancellation);
        await other.WriteAsync(Items.UnitOf(3), Cancellation);
        var afterOther = await own.ReadChangeCounterAsync(Cancellation);

        afterOwn.Should().Be(before);
        afterOther.Should().NotBe(before);
        own.IsShared.Should().BeTrue();
    }

    [Fact]
    public async Task The_clock_of_the_server_is_followed_however_wrong_the_own_one_is()
    {
        await using var bench = await ServerBench.CreateAsync();
        var clock = new ServerClock(new Support.ManualTimeProvider());
        var database = bench.Open(clock);

        await database.WriteAsync(Items.UnitOf(1), Cancellation);

        var server = (long)(await bench.RunAsync(WriterSql.Now))[0][0]!; // a number
        clock.GetUtcNow().Should().BeCloseTo(SqlTime.FromColumn(server), TimeSpan.FromSeconds(2));
    }

    private static async Task<UnitResult[]> WriteTogetherAsync(LibSqlDatabase database, params Unit[] units)
    {
        // What is on its way keeps the others waiting, so that they go together.
        var first = database.TransactAsync(
            Items.Guard(holds: true),
            async (_, _) =>
            {
                await Task.Yield();
                return [];
            },
            TimeSpan.FromSeconds(3),
            Cancellation);
        var writes = Array.ConvertAll(units, unit => database.WriteAsync(unit, Cancellation));
        await first;
        return await Task.WhenAll(writes);
    }
}
