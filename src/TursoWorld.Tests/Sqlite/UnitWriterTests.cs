using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class UnitWriterTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Everybody_who_waits_is_written_in_one_commit()
    {
        var results = await _bench.WriteTogetherAsync(Enumerable.Range(1, 500).Select(id => Items.UnitOf(id)));

        results.Should().OnlyContain(result => result.IsCommitted);
        _bench.Transport.Groups.Should().Equal(500);
        _bench.Ids.Should().Equal(Enumerable.Range(1, 500).Select(id => (long)id));
    }

    [Fact]
    public async Task A_crowd_is_written_in_groups_of_bounded_size()
    {
        var results = await _bench.WriteTogetherAsync(Enumerable.Range(1, 2_003).Select(id => Items.UnitOf(id)));

        results.Should().OnlyContain(result => result.IsCommitted);
        _bench.Transport.Groups.Should().Equal(2_000, 3);
    }

    [Fact]
    public async Task Units_are_written_in_the_order_of_the_calls()
    {
        const string Append = """
            INSERT INTO item (value)
            VALUES (@value)
            RETURNING id
            """;

        var results = await _bench.WriteTogetherAsync(
            Enumerable.Range(1, 100).Select(i => new Unit(new SqlStatement(Append, ("value", i)))));

        results.Select(result => result.Rows[0][0].Integer(0)).Should().BeInAscendingOrder();
        Items.Query<long>(_bench.Path, "SELECT value FROM item ORDER BY id").Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task A_statement_can_hand_back_the_key_of_its_row_without_asking_for_it()
    {
        const string Append = "INSERT INTO item (value) VALUES (@value)";
        var append = new SqlStatement(Append, ("value", "a")) { ReturnsRowId = true };

        var results = await _bench.WriteTogetherAsync(new Unit(append, append), new Unit(append));

        results.Select(result => result.Rows.Select(rows => rows[0].Integer(0)))
            .Should().BeEquivalentTo(new long[][] { [1, 2], [3] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task Each_statement_hands_back_its_own_rows()
    {
        const string List = "SELECT id FROM item ORDER BY id";
        var unit = new Unit(Items.Insert(1), new SqlStatement(List), Items.Insert(2), new SqlStatement(List));

        var result = await _bench.WriteAsync(unit);

        result.Rows.Select(rows => rows.Select(row => row.Integer(0)).ToArray())
            .Should().BeEquivalentTo(new long[][] { [], [1], [], [1, 2] }, options => options.WithStrictOrdering());
    }

    [Theory]
    [InlineData("guard", nameof(SqlErrorKind.GuardFailed))]
    [InlineData("unique", nameof(SqlErrorKind.UniqueViolation))]
    [InlineData("check", nameof(SqlErrorKind.ConstraintViolation))]
    [InlineData("mistake", nameof(SqlErrorKind.Other))]
    [InlineData("part", nameof(SqlErrorKind.UniqueViolation))]
    [InlineData("own guard", nameof(SqlErrorKind.GuardFailed))]
    public async Task A_unit_that_fails_takes_nobody_with_it(string reason, string error)
    {
        var failing = reason switch
        {
            "guard" => new Unit(Items.Insert(100)) { Guard = Items.Guard(holds: false) },
            "unique" => new Unit(Items.Insert(100), Items.Insert(1)),
            "check" => new Unit(Items.Insert(100), Items.Insert(101, "forbidden")),
            "part" => new Unit(Items.InsertPair(100, 1)),
            "own guard" => new Unit(Items.InsertPair(-1, 100)),
            _ => new Unit(Items.Insert(100), new SqlStatement("INSERT INTO missing (x) VALUES (1)")),
        };

        var results = await _bench.WriteTogetherAsync(Items.UnitOf(1), failing, Items.UnitOf(2));

        results.Select(result => result.IsCommitted).Should().Equal(true, false, true);
        results[1].Error.ToString().Should().Be(error);
        results[1].Rows.Should().BeEmpty();
        _bench.Transport.Groups.Should().Equal(3);
        _bench.Ids.Should().Equal(1, 2);
    }

    [Fact]
    public async Task A_guard_that_refuses_is_named_and_raises_nothing()
    {
        var result = await _bench.WriteAsync(new Unit(Items.Insert(1)) { Guard = Items.Guard(holds: false) });

        result.Guard.Should().Be("lease");
        result.Exception.Should().BeNull();
        result.Invoking(refused => refused.ThrowUnlessCommitted()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task A_guard_that_holds_lets_the_unit_through()
    {
        var result = await _bench.WriteAsync(new Unit(Items.Insert(1)) { Guard = Items.Guard(holds: true) });

        result.IsCommitted.Should().BeTrue();
        result.Rows.Should().ContainSingle("the guard has no rows of its own");
    }

    [Fact]
    public async Task An_error_that_is_no_guard_comes_with_words()
    {
        var results = await _bench.WriteTogetherAsync(Items.UnitOf(1), Items.UnitOf(1));

        results[1].Guard.Should().BeNull();
        results[1].Exception.Should().BeOfType<StorageException>().Which.Message.Should().Contain(_bench.Path);
    }

    [Fact]
    public async Task A_unit_that_still_waits_can_be_withdrawn()
    {
        using var cancellation = new CancellationTokenSource();
        var hold = _bench.HoldBegin();
        var first = _bench.WriteAsync(Items.UnitOf(1));
        var second = _bench.WriteCancellableAsync(Items.UnitOf(2), cancellation.Token);
        var third = _bench.WriteAsync(Items.UnitOf(3));
        await hold.ReachedAsync();

        await cancellation.CancelAsync();

        await second.Invoking(write => write).Should().ThrowAsync<OperationCanceledException>();
        hold.Release();
        (await first).IsCommitted.Should().BeTrue();
        (await third).IsCommitted.Should().BeTrue();
        _bench.Transport.Groups.Should().Equal(2);
        _bench.Ids.Should().Equal(1, 3);
    }

    [Fact]
    public async Task A_unit_that_is_being_written_is_waited_for_whatever_its_caller_says()
    {
        using var cancellation = new CancellationTokenSource();
        var hold = _bench.HoldExecute();
        var write = _bench.WriteCancellableAsync(Items.UnitOf(1), cancellation.Token);
        await hold.ReachedAsync();

        await cancellation.CancelAsync();

        write.IsCompleted.Should().BeFalse();
        hold.Release();
        (await write).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_already_writes_nothing()
    {
        var write = () => _bench.WriteCancellableAsync(Items.UnitOf(1), new CancellationToken(canceled: true));

        await write.Should().ThrowAsync<OperationCanceledException>();

        await _bench.WriteAsync(Items.UnitOf(2));
        _bench.Ids.Should().Equal(2);
    }

    [Fact]
    public async Task An_argument_without_a_parameter_is_an_error_that_names_it()
    {
        var write = () => _bench.WriteAsync(new Unit(new SqlStatement("SELECT @known", ("unknown", 1))));

        await write.Should().ThrowAsync<InvalidOperationException>().WithMessage("*'@unknown'*SELECT @known*");
    }

    [Fact]
    public async Task Closing_answers_those_who_wait()
    {
        var hold = _bench.HoldBegin();
        var waiting = _bench.WriteAsync(Items.UnitOf(1));
        await hold.ReachedAsync();

        var closing = _bench.CloseAsync();
        hold.Release();
        await closing;

        (await waiting).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1);
    }

    [Fact]
    public async Task After_closing_a_write_says_so()
    {
        await _bench.CloseAsync();

        var write = () => _bench.WriteAsync(Items.UnitOf(1));

        await write.Should().ThrowAsync<ObjectDisposedException>().WithMessage("*CreateWorld*");
    }
}
