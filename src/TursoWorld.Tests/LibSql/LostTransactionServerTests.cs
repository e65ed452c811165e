using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>
/// The server takes transactions away: after ten seconds of silence, and after five when another writer waits. What is sent then would
/// be executed outside any transaction, which the provider must never let happen.
/// </summary>
public sealed class LostTransactionServerTests : ServerTest
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (name TEXT)");
    }

    [Fact]
    public async Task A_transaction_that_says_nothing_for_ten_seconds_is_lost()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item VALUES ('early')", transaction: transaction);

        await Task.Delay(TimeSpan.FromSeconds(11.5), TimeProvider.System, Cancellation); // what the server allows, and its rounding

        await MustBeLostAsync(transaction);
    }

    [Fact]
    public async Task A_transaction_that_another_writer_has_waited_for_is_lost()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item VALUES ('early')", transaction: transaction);

        await Raw.ScalarAsync("INSERT INTO item VALUES ('other')"); // is answered when the server has taken the lock away

        await MustBeLostAsync(transaction, "other");
    }

    [Fact]
    public async Task A_transaction_whose_answer_does_not_arrive_is_lost()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        proxy.Add(new Fault.CutAnswer(), "'cut'");
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteAsync("INSERT INTO item VALUES ('early')", transaction: transaction);

        var cut = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item VALUES ('cut')", transaction: transaction))
            .Should().ThrowAsync<LibSqlException>();

        cut.Which.IsTransactionLost.Should().BeTrue();
        cut.Which.IsOutcomeUnknown.Should().BeFalse("what was not committed is undone");
        await MustBeLostAsync(transaction);
    }

    [Fact]
    public async Task A_lost_transaction_leaves_its_connection_usable()
    {
        await using var transaction = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item VALUES ('early')", transaction: transaction);
        await Connection.Awaiting(one => one.ExecuteScalarAsync<string>("SELECT CAST(x'ff' AS TEXT)", transaction: transaction))
            .Should().ThrowAsync<LibSqlException>(); // the server gives up the whole stream for this
        await transaction.DisposeAsync();

        await using var next = await Connection.BeginTransactionAsync(Cancellation);
        await Connection.ExecuteAsync("INSERT INTO item VALUES ('next')", transaction: next);
        await next.CommitAsync(Cancellation);

        (await ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be("next");
    }

    /// <summary>Every further use says so, and none of them writes.</summary>
    private async Task MustBeLostAsync(System.Data.Common.DbTransaction transaction, string? left = null)
    {
        var connection = transaction.Connection!; // it is not finished
        for (var i = 0; i < 2; i++)
        {
            var lost = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item VALUES ('late')", transaction: transaction))
                .Should().ThrowAsync<LibSqlException>();
            lost.Which.IsTransactionLost.Should().BeTrue();
            lost.Which.IsTransient.Should().BeTrue("the whole unit of work can be tried again");
            lost.Which.IsOutcomeUnknown.Should().BeFalse();
        }

        var commit = await transaction.Awaiting(one => one.CommitAsync(Cancellation)).Should().ThrowAsync<LibSqlException>();
        commit.Which.IsTransactionLost.Should().BeTrue();
        await transaction.DisposeAsync();
        (await Raw.ScalarAsync("SELECT group_concat(name) FROM item")).Should().Be(left);
    }
}
