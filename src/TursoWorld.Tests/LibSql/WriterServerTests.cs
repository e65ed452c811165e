using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Several who write at the same time.</summary>
public sealed class WriterServerTests : ServerTest
{
    private const int Times = 15;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0)");
    }

    [Fact]
    public async Task Nobody_overwrites_what_another_has_read()
    {
        await Task.WhenAll(CountAsync(deferred: false), CountAsync(deferred: false));

        (await ScalarAsync("SELECT value FROM counter")).Should().Be(2L * Times);
    }

    [Fact]
    public async Task Who_repeats_what_was_busy_gets_through_in_the_end()
    {
        await Task.WhenAll(CountAsync(deferred: true), CountAsync(deferred: true));

        (await ScalarAsync("SELECT value FROM counter")).Should().Be(2L * Times);
    }

    [Fact]
    public async Task Statements_without_a_transaction_wait_for_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            await using var connection = await OpenAsync();
            for (var i = 0; i < Times; i++)
            {
                await connection.ExecuteAsync("UPDATE counter SET value = value + 1");
            }
        }));

        (await ScalarAsync("SELECT value FROM counter")).Should().Be(2L * Times);
    }

    /// <summary>Reads, thinks and writes, again from the beginning when somebody was faster.</summary>
    private async Task CountAsync(bool deferred)
    {
        await using var connection = await OpenAsync();
        for (var done = 0; done < Times;)
        {
            try
            {
                await using var transaction = connection.BeginTransaction(deferred);
                var value = await connection.ExecuteScalarAsync<long>("SELECT value FROM counter", transaction: transaction);
                await connection.ExecuteAsync("UPDATE counter SET value = @next", new { next = value + 1 }, transaction);
                await transaction.CommitAsync(Cancellation);
                done++;
            }
            catch (LibSqlException busy) when (busy.IsTransient)
            {
                // The other one has written since this one has read.
            }
        }
    }
}
