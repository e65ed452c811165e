using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Errors at which SQLite gives up a whole transaction, and with it the units before the one that fails.</summary>
public sealed class LostTransactionTests : IAsyncDisposable
{
    private const string Endless = """
        INSERT INTO item (id)
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter)
        SELECT max(n) FROM counter
        """;

    private const string ManyRows = """
        INSERT INTO item (value)
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter LIMIT 1000)
        SELECT zeroblob(3000) FROM counter
        """;

    private readonly WriterBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_unit_that_does_not_fit_gets_the_error_and_the_others_get_through()
    {
        LimitPages(20);

        var results = await _bench.WriteTogetherAsync(
            Items.UnitOf(1), new Unit(Items.Insert(2), Items.InsertBlob(3, 1_000_000)), Items.UnitOf(4));

        results.Select(result => result.Error).Should().Equal(SqlErrorKind.None, SqlErrorKind.Full, SqlErrorKind.None);
        results[1].Exception!.Code.Should().Be(ErrorCodes.DiskFull);
        results[1].Exception!.IsTransient.Should().BeTrue();
        _bench.Transport.Groups.Should().Equal(3, 1, 1, 1);
        _bench.Ids.Should().Equal(1, 4);
    }

    [Fact]
    public async Task Many_that_fit_only_in_part_fill_the_file_in_order()
    {
        LimitPages(40);

        var results = await _bench.WriteTogetherAsync(
            Enumerable.Range(1, 20).Select(id => new Unit(Items.InsertBlob(id, 9_000))));

        var written = results.Count(result => result.IsCommitted);
        written.Should().BeInRange(5, 19);
        results.Skip(written).Should().OnlyContain(result => result.Error == SqlErrorKind.Full);
        _bench.Ids.Should().Equal(Enumerable.Range(1, written).Select(id => (long)id));
    }

    [Fact]
    public async Task A_statement_of_many_rows_that_does_not_fit_leaves_none_of_them()
    {
        LimitPages(20);

        var results = await _bench.WriteTogetherAsync(
            Items.UnitOf(1), new Unit(Items.Insert(2), new SqlStatement(ManyRows)), Items.UnitOf(4));

        results.Select(result => result.Error).Should().Equal(SqlErrorKind.None, SqlErrorKind.Full, SqlErrorKind.None);
        _bench.Ids.Should().Equal(1, 4);
    }

    [Fact]
    public async Task A_unit_that_is_alone_gets_the_error_at_once()
    {
        LimitPages(20);

        var result = await _bench.WriteAsync(new Unit(Items.Insert(1), Items.InsertBlob(2, 1_000_000)));

        result.Error.Should().Be(SqlErrorKind.Full);
        _bench.Transport.Groups.Should().Equal(1);
        _bench.Ids.Should().BeEmpty();
    }

    [Fact]
    public async Task Work_goes_on_by_itself_when_there_is_room_again()
    {
        LimitPages(20);
        var big = new Unit(Items.InsertBlob(1, 1_000_000));
        (await _bench.WriteAsync(big)).Error.Should().Be(SqlErrorKind.Full);

        LimitPages(1_000_000);

        (await _bench.WriteAsync(big)).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1);
    }

    [Fact]
    public async Task An_interrupted_unit_gets_the_error_and_the_others_get_through()
    {
        _bench.Sqlite.Session.InterruptWhen(() => true);

        var results = await _bench.WriteTogetherAsync(
            Items.UnitOf(1), new Unit(Items.Insert(2), new SqlStatement(Endless)), Items.UnitOf(3));

        results.Select(result => result.Error).Should().Equal(
            SqlErrorKind.None, SqlErrorKind.Interrupted, SqlErrorKind.None);
        results[1].Exception!.IsTransient.Should().BeTrue();
        _bench.Ids.Should().Equal(1, 3);
        _bench.Sqlite.Session.InterruptWhen(null);
        (await _bench.WriteAsync(Items.UnitOf(4))).IsCommitted.Should().BeTrue();
    }

    // The writer is idle when this is called.
    private void LimitPages(int pages) => _bench.Sqlite.Session.Run($"PRAGMA max_page_count = {pages}");
}
