using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;
using static TursoWorld.LibSql.LibSqlCondition;

namespace TursoWorld.Tests.LibSql;

/// <summary>Conditional batches: what the server decides without being asked again.</summary>
public sealed class StepServerTests : ServerTest
{
    private const string Insert = "INSERT INTO item (name) VALUES (@name)";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    }

    [Fact]
    public async Task Of_three_items_in_one_transaction_the_one_that_fails_is_undone_alone()
    {
        var steps = GroupOf(["a"], ["b", "a"], ["c", "d"]);

        var results = await Connection.ExecuteStepsAsync(steps, Cancellation);

        string.Concat(results.Select(Mark)).Should().Be("+" + "+++--" + "++!-++" + "++++--" + "+-");
        results[^2].Succeeded.Should().BeTrue("it is the COMMIT");
        results[^1].IsSkipped.Should().BeTrue("it is the ROLLBACK");
        results.Single(result => result.Error is not null).Error!.SqliteExtendedErrorCode.Should().Be(2067); // there is one
        (await Raw.ScalarAsync("SELECT group_concat(name) FROM (SELECT name FROM item ORDER BY id)")).Should().Be("a,c,d");
    }

    [Fact]
    public async Task A_flush_is_one_request_that_leaves_no_stream_behind()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteStepsAsync([new LibSqlStep("SELECT 1")], Cancellation); // asks what the server can do
        var before = proxy.Requests.Count;

        await connection.ExecuteStepsAsync(GroupOf(["a"], ["b"]), Cancellation);

        proxy.Requests.Skip(before).Should().ContainSingle().Which.Body.Should().Contain("\"close\"");
    }

    [Fact]
    public async Task A_connection_that_the_server_keeps_is_the_same_for_steps_and_for_commands_that_read()
    {
        const string LastId = "SELECT last_insert_rowid()"; // of the connection on the server
        await using var connection = await OpenAsync();
        await connection.ExecuteStepsAsync([new LibSqlStep("INSERT INTO item VALUES (77, 'x')")], Cancellation);
        var anew = await connection.ExecuteScalarAsync<long>(LastId);

        connection.KeepsServerConnection = true;
        await connection.ExecuteStepsAsync([new LibSqlStep("INSERT INTO item VALUES (78, 'y')")], Cancellation);
        var steps = await connection.ExecuteStepsAsync([new LibSqlStep(LastId)], Cancellation);
        var command = await connection.ExecuteScalarAsync<long>(LastId);
        await connection.ExecuteAsync("INSERT INTO item VALUES (79, 'z')"); // a command that writes has a connection of its own
        var after = await connection.ExecuteScalarAsync<long>(LastId);

        (anew, steps[0].Rows[0][0], command, after).Should().Be((0, 78L, 78, 78));
    }

    [Fact]
    public async Task Rows_counts_and_ids_come_back_for_each_step()
    {
        var results = await Connection.ExecuteStepsAsync(
            [
                new LibSqlStep("INSERT INTO item (name) VALUES ('a'), ('b')"),
                new LibSqlStep("SELECT id, name, 1.5, x'00ff', NULL FROM item ORDER BY id"),
                new LibSqlStep("UPDATE item SET name = name || '!'"),
                new LibSqlStep("INSERT INTO item (name) VALUES ('c') RETURNING id AS new_id"),
            ],
            Cancellation);

        results[0].Should().BeEquivalentTo(new { RowsAffected = 2L, LastInsertRowId = 2L, Succeeded = true, IsSkipped = false });
        results[1].Rows.Should().BeEquivalentTo(
            (object?[][])[[1L, "a", 1.5, new byte[] { 0, 255 }, null], [2L, "b", 1.5, new byte[] { 0, 255 }, null]],
            options => options.WithStrictOrdering());
        results[2].RowsAffected.Should().Be(2);
        results[2].LastInsertRowId.Should().BeNull();
        results[3].ColumnNames.Should().Equal("new_id");
        results[3].Rows.Should().ContainSingle().Which.Should().Equal(3L);
    }

    [Fact]
    public async Task Conditions_are_decided_in_their_order()
    {
        LibSqlStep Probe(LibSqlCondition condition) => new("SELECT 1") { Condition = condition };

        var results = await Connection.ExecuteStepsAsync(
            [
                new LibSqlStep("SELECT 1"),
                new LibSqlStep("SELECT * FROM nowhere"),
                Probe(Succeeded(1)),
                Probe(Succeeded(0)),
                Probe(NotSucceeded(1)),
                Probe(NotSucceeded(2)),
                Probe(Not(Succeeded(0))),
                Probe(All(Succeeded(0), NotSucceeded(1))),
                Probe(All(Succeeded(0), Succeeded(1))),
                Probe(Any(Succeeded(0), Succeeded(1))),
                Probe(Any(Succeeded(1), Succeeded(2))),
                Probe(All()),
                Probe(Any()),
                Probe(IsAutocommit),
                Probe(InTransaction),
                new LibSqlStep("BEGIN"),
                Probe(InTransaction),
                new LibSqlStep("ROLLBACK"),
            ],
            Cancellation);

        string.Concat(results.Select(Mark)).Should().Be("+!-+++-+-+-+-+-+++");
        results[1].Error!.ServerMessage.Should().Be("no such table: nowhere"); // it failed
    }

    [Fact]
    public async Task A_step_that_cannot_be_parsed_stops_all_before_any_is_executed()
    {
        var refused = await Connection.Awaiting(one => one.ExecuteStepsAsync(
                [new LibSqlStep("INSERT INTO item (name) VALUES ('a')"), new LibSqlStep("INSERT INTO")], Cancellation))
            .Should().ThrowAsync<LibSqlException>();

        refused.Which.IsOutcomeUnknown.Should().BeFalse();
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task Arguments_are_found_by_name_with_or_without_prefix_and_what_is_not_used_is_not_sent()
    {
        var results = await Connection.ExecuteStepsAsync(
            [
                new LibSqlStep("SELECT @a, :b, $c, '@d', \"e\" FROM (SELECT 1 AS \"e\") -- @f")
                {
                    Arguments = [new("a", 1), new(":b", 2.5), new("$c", "three"), new("unused", 4)],
                },
                new LibSqlStep("SELECT ?, ?2, ?1, ?") { Arguments = [new("", 10), new("", 20), new("", 30)] },
                new LibSqlStep("SELECT @given, @missing") { Arguments = [new("@given", "x")], MissingArgumentsAreNull = true },
                new LibSqlStep("SELECT typeof(@bytes), typeof(@empty), typeof(@nothing), typeof(@text)")
                {
                    Arguments =
                    [
                        new("bytes", new byte[] { 1 }), new("empty", ReadOnlyMemory<byte>.Empty), new("nothing", (byte[]?)null), new("text", ""),
                    ],
                },
            ],
            Cancellation);

        results[0].Rows[0].Should().Equal(1L, 2.5, "three", "@d", 1L);
        results[1].Rows[0].Should().Equal(10L, 20L, 10L, 30L);
        results[2].Rows[0].Should().BeEquivalentTo(new object?[] { "x", null }, options => options.WithStrictOrdering());
        results[3].Rows[0].Should().Equal("blob", "blob", "null", "text");
    }

    [Fact]
    public async Task A_missing_argument_is_refused_by_name_before_anything_is_sent()
    {
        var missing = await Connection.Awaiting(one => one.ExecuteStepsAsync(
                [new LibSqlStep("INSERT INTO item (name) VALUES ('a')"), new LibSqlStep(Insert)], Cancellation))
            .Should().ThrowAsync<InvalidOperationException>();

        missing.Which.Message.Should().Contain("@name");
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task Steps_inside_a_transaction_belong_to_it()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);

        var results = await Connection.ExecuteStepsAsync(
            [new LibSqlStep("INSERT INTO item (name) VALUES ('a')"), new LibSqlStep("SELECT count(*) FROM item")], Cancellation);
        var outside = await Raw.ScalarAsync("SELECT count(*) FROM item");
        await transaction.RollbackAsync(Cancellation);

        results[1].Rows[0].Should().Equal(1L);
        outside.Should().Be("0");
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(0L);
    }

    [Fact]
    public async Task A_text_that_is_used_often_is_sent_once()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        const string Long = $"{Insert} /* what is shorter than its number and the rest is not stored */";
        var steps = Enumerable.Range(0, 100)
            .Select(i => new LibSqlStep(Long) { Arguments = [new("name", $"n{i}")] })
            .ToList();

        var results = await connection.ExecuteStepsAsync(steps, Cancellation);

        results.Should().OnlyContain(result => result.Succeeded);
        var body = proxy.Requests.Single(request => request.Body.Contains(Insert, StringComparison.Ordinal)).Body;
        body.Split(Insert).Should().HaveCount(2, "the text is there once");
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(100L);
    }

    [Fact]
    public async Task Many_texts_and_long_ones_are_sent_without_exceeding_what_the_server_stores()
    {
        var texts = Enumerable.Range(0, 80).Select(i => $"SELECT {i} /* {new string('x', i % 5 == 0 ? 6_000 : 20)} */");
        var steps = texts.SelectMany(text => Enumerable.Repeat(text, 3)).Select(text => new LibSqlStep(text)).ToList();

        var results = await Connection.ExecuteStepsAsync(steps, Cancellation);

        results.Select(result => (long)result.Rows[0][0]!).Should().Equal(Enumerable.Range(0, 240).Select(i => (long)i / 3)); // one row each
    }

    [Fact]
    public async Task Thousands_of_steps_are_one_batch()
    {
        var steps = Enumerable.Range(0, 5_000)
            .Select(i => new LibSqlStep(Insert) { Arguments = [new("name", $"n{i}")], Condition = i == 0 ? null : InTransaction })
            .Prepend(new LibSqlStep("BEGIN IMMEDIATE"))
            .Append(new LibSqlStep("COMMIT"))
            .ToList();

        var results = await Connection.ExecuteStepsAsync(steps, Cancellation);

        results.Should().OnlyContain(result => result.Succeeded);
        (await ScalarAsync("SELECT count(*) FROM item")).Should().Be(5_000L);
    }

    [Fact]
    public async Task No_steps_have_no_results_and_a_condition_cannot_look_ahead()
    {
        (await Connection.ExecuteStepsAsync([], Cancellation)).Should().BeEmpty();
        await Connection.Awaiting(one => one.ExecuteStepsAsync([new LibSqlStep("SELECT 1") { Condition = Succeeded(0) }], Cancellation))
            .Should().ThrowAsync<ArgumentException>();
    }

    /// <summary>Independent items in one transaction: a savepoint each, undone where a statement of the item fails.</summary>
    private static List<LibSqlStep> GroupOf(params string[][] items)
    {
        var steps = new List<LibSqlStep> { new("BEGIN IMMEDIATE") };
        foreach (var names in items)
        {
            var savepoint = Add(steps, "SAVEPOINT item", All(Succeeded(0), InTransaction));
            var last = savepoint;
            foreach (var name in names)
            {
                steps.Add(new LibSqlStep(Insert) { Condition = Succeeded(last), Arguments = [new("name", name)] });
                last = steps.Count - 1;
            }

            var release = Add(steps, "RELEASE item", Succeeded(last));
            var undo = Add(steps, "ROLLBACK TO item", All(Succeeded(savepoint), NotSucceeded(release)));
            Add(steps, "RELEASE item", Succeeded(undo));
        }

        var commit = Add(steps, "COMMIT", All(Succeeded(0), InTransaction));
        Add(steps, "ROLLBACK", All(Succeeded(0), NotSucceeded(commit), InTransaction));
        return steps;
    }

    private static char Mark(LibSqlStepResult result) => result switch
    {
        { IsSkipped: true } => '-',
        { Succeeded: true } => '+',
        _ => '!',
    };

    private static int Add(List<LibSqlStep> steps, string sql, LibSqlCondition condition)
    {
        steps.Add(new LibSqlStep(sql) { Condition = condition });
        return steps.Count - 1;
    }
}
