using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>
/// Whatever goes wrong between client and server: what succeeded is there, once; what failed is not there; and where nobody can know,
/// the exception says so.
/// </summary>
public sealed class BadNetworkServerTests : ServerTest
{
    private const int Rows = 60;

    /// <summary>A client that lost an answer cannot close its transaction, and the next one waits.</summary>
    protected override int? TransactionSeconds => 1;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("CREATE TABLE item (id INTEGER)"); // no key: what is written twice is there twice
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_succeeded_is_there_once_and_what_failed_is_not_there(int seed)
    {
        var random = new Random(seed);
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        var expected = new Dictionary<long, string>();
        for (var id = 1L; id <= Rows; id++)
        {
            if (random.Next(2) == 0)
            {
                proxy.Add(NextFault(random), _ => true, skip: random.Next(3));
            }

            expected[id] = await WriteAsync(connection, id, random.Next(3));
        }

        var written = (await Connection.QueryAsync<long>("SELECT id FROM item")).ToLookup(id => id);

        expected.Values.Distinct().Should().HaveCount(3, "otherwise nothing was tried with seed {0}", seed);
        expected.Where(one => one.Value == "written" && written[one.Key].Count() != 1).Should().BeEmpty("seed {0}", seed);
        expected.Where(one => one.Value == "not written" && written[one.Key].Any()).Should().BeEmpty("seed {0}", seed);
        expected.Where(one => written[one.Key].Count() > 1).Should().BeEmpty("seed {0}", seed);
    }

    private static Fault NextFault(Random random) => random.Next(6) switch
    {
        0 => new Fault.CutBeforeForwarding(),
        1 => new Fault.CutAnswer(),
        2 => new Fault.HalfAnswer(),
        3 => new Fault.Answer("502 Bad Gateway", "<html>") { ContentType = "text/html", AfterForwarding = random.Next(2) == 0 },
        4 => new Fault.Answer("429 Too Many Requests", """{"error":"Too many concurrent requests"}"""),
        _ => new Fault.Answer("400 Bad Request", "Received an invalid baton") { ContentType = "text/plain" },
    };

    private static async Task<string> WriteAsync(LibSqlConnection connection, long id, int way)
    {
        try
        {
            await (way switch
            {
                0 => connection.ExecuteAsync("INSERT INTO item VALUES (@id)", new { id }),
                1 => InStepsAsync(connection, id),
                _ => InTransactionAsync(connection, id),
            });
            return "written";
        }
        catch (LibSqlException exception)
        {
            return exception.IsOutcomeUnknown ? "unknown" : "not written";
        }
    }

    private static async Task InTransactionAsync(LibSqlConnection connection, long id)
    {
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM item", transaction: transaction);
        await connection.ExecuteAsync("INSERT INTO item VALUES (@id)", new { id }, transaction);
        await transaction.CommitAsync(Cancellation);
    }

    private static async Task InStepsAsync(LibSqlConnection connection, long id)
    {
        var results = await connection.ExecuteStepsAsync(
            [
                new LibSqlStep("BEGIN IMMEDIATE"),
                new LibSqlStep("INSERT INTO item VALUES (@id)") { Arguments = [new("id", id)], Condition = LibSqlCondition.Succeeded(0) },
                new LibSqlStep("COMMIT") { Condition = LibSqlCondition.Succeeded(1) },
                new LibSqlStep("ROLLBACK") { Condition = LibSqlCondition.InTransaction },
            ],
            Cancellation);
        if (!results[2].Succeeded)
        {
            throw results.Select(result => result.Error).OfType<LibSqlException>().First();
        }
    }
}
