using Dapper;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Dapper on the provider, as on any other.</summary>
public sealed class DapperServerTests : ServerTest
{
    private sealed record Item(long Id, string Name, double? Price);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Connection.ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL)");
        var items = new[] { new { name = "a", price = (double?)1.5 }, new { name = "b", price = (double?)null }, new { name = "c", price = (double?)2.0 } };
        (await Connection.ExecuteAsync("INSERT INTO item (name, price) VALUES (@name, @price)", items)).Should().Be(3);
    }

    [Fact]
    public async Task Rows_become_objects()
    {
        var items = await Connection.QueryAsync<Item>("SELECT id, name, price FROM item ORDER BY id");

        items.Should().Equal(new Item(1, "a", 1.5), new Item(2, "b", null), new Item(3, "c", 2.0));
    }

    [Fact]
    public async Task What_the_statement_does_not_use_of_an_object_is_left_out()
    {
        var found = await Connection.QuerySingleAsync<string>(
            "SELECT name FROM item WHERE id = @id -- not @other", new { id = 2, other = "x", third = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc) });

        found.Should().Be("b");
    }

    [Fact]
    public async Task A_list_becomes_parameters()
    {
        var found = await Connection.QueryAsync<string>("SELECT name FROM item WHERE id IN @ids ORDER BY id", new { ids = new[] { 1, 3, 99 } });
        var none = await Connection.QueryAsync<string>("SELECT name FROM item WHERE id IN @ids", new { ids = Array.Empty<int>() });

        found.Should().Equal("a", "c");
        none.Should().BeEmpty();
    }

    [Fact]
    public async Task Dynamic_rows_have_their_columns()
    {
        var row = (IDictionary<string, object?>)await Connection.QueryFirstAsync("SELECT id, name, NULL AS absent, x'01' AS bytes FROM item WHERE id = 1");

        row.Should().BeEquivalentTo(new Dictionary<string, object?> { ["id"] = 1L, ["name"] = "a", ["absent"] = null, ["bytes"] = new byte[] { 1 } });
    }

    [Fact]
    public async Task Several_results_are_read_one_after_the_other()
    {
        await using var results = await Connection.QueryMultipleAsync(
            "SELECT count(*) FROM item; SELECT id, name, price FROM item WHERE id = @id; SELECT name FROM item ORDER BY id DESC", new { id = 2 });

        (await results.ReadSingleAsync<long>()).Should().Be(3);
        (await results.ReadSingleAsync<Item>()).Should().Be(new Item(2, "b", null));
        (await results.ReadAsync<string>()).Should().Equal("c", "b", "a");
        results.IsConsumed.Should().BeTrue();
    }

    [Fact]
    public async Task Rows_that_are_not_buffered_arrive_one_by_one()
    {
        var names = new List<string>();
        await foreach (var name in Connection.QueryUnbufferedAsync<string>("SELECT name FROM item ORDER BY id"))
        {
            names.Add(name);
        }

        var sum = Connection.Query<long>("SELECT id FROM item", buffered: false).Sum();

        names.Should().Equal("a", "b", "c");
        sum.Should().Be(6);
    }

    [Fact]
    public async Task A_closed_connection_is_opened_for_the_call_and_closed_again()
    {
        await using var connection = Source.CreateConnection();

        (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item")).Should().Be(3);

        connection.State.Should().Be(System.Data.ConnectionState.Closed);
    }

    [Fact]
    public async Task Types_of_dotnet_come_back()
    {
        var sent = new
        {
            Id = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            At = new DateTime(2024, 2, 29, 12, 30, 15, 123, DateTimeKind.Unspecified),
            Offset = new DateTimeOffset(2024, 2, 29, 12, 30, 15, TimeSpan.FromHours(2)),
            Span = TimeSpan.FromMilliseconds(90_061_001),
            Amount = 12.50m,
            Flag = true,
            Day = DayOfWeek.Friday,
            Bytes = new byte[] { 0, 255, 251 },
        };

        var seen = await Connection.QuerySingleAsync<Typed>(
            "SELECT @Id AS Id, @At AS At, @Offset AS \"Offset\", @Span AS Span, @Amount AS Amount, @Flag AS Flag, @Day AS Day, @Bytes AS Bytes", sent);

        seen.Should().BeEquivalentTo(new { sent.Flag, sent.Day, sent.Bytes });
        (Guid.Parse(seen.Id), DateTime.Parse(seen.At, System.Globalization.CultureInfo.InvariantCulture)).Should().Be((sent.Id, sent.At));
    }

    private sealed class Typed
    {
        public string Id { get; init; } = "";

        public string At { get; init; } = "";

        public bool Flag { get; init; }

        public DayOfWeek Day { get; init; }

        public byte[] Bytes { get; init; } = [];
    }
}
