using System.Diagnostics;
using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Tokens and batons open doors: who has them reads and writes. They are shown nowhere.</summary>
public sealed class SecretServerTests : ServerTest
{
    private const string Token = "a-token-nobody-may-see";

    /// <summary>Transactions whose answer was lost keep the lock.</summary>
    protected override int? TransactionSeconds => 1;

    [Fact]
    public async Task No_activity_tells_a_token_a_baton_or_a_value()
    {
        using var recorded = new ActivityRecorder();
        await using var source = new LibSqlDataSource($"{Database.ConnectionString};Auth Token={Token}");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE item (name TEXT)");
        var batons = await UseAsync(connection);

        var told = recorded.Told();

        told.Should().Contain("INSERT", "what is recorded is looked at");
        told.Should().NotContain(Token).And.NotContain("a-value-nobody-may-see");
        batons.Should().NotBeEmpty().And.OnlyContain(baton => !told.Contains(baton, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_exception_tells_a_token_or_a_baton()
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy, $"Auth Token={Token}");
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync("CREATE TABLE item (name TEXT)");
        var told = new List<string>();
        foreach (var fault in (Fault[])[new Fault.CutAnswer(), new Fault.HalfAnswer(), new Fault.Answer("400 Bad Request", "Received an invalid baton")])
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await connection.ExecuteAsync("INSERT INTO item VALUES ('x')", transaction: transaction);
            proxy.Add(fault, "'fault'");
            var failure = await connection.Awaiting(one => one.ExecuteAsync("INSERT INTO item VALUES ('fault')", transaction: transaction))
                .Should().ThrowAsync<LibSqlException>();
            told.Add(failure.Which.ToString());
        }

        var batons = proxy.Requests.Select(Baton).OfType<string>().ToList();
        batons.Should().NotBeEmpty();
        told.Should().OnlyContain(text => !text.Contains(Token, StringComparison.Ordinal)
            && !batons.Any(baton => text.Contains(baton, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_was_opened_shows_no_token_unless_that_was_asked_for()
    {
        await using var connection = new LibSqlConnection($"{Database.ConnectionString};Auth Token={Token}");
        await using var open = new LibSqlConnection($"{Database.ConnectionString};Auth Token={Token};Persist Security Info=true");
        await connection.OpenAsync(Cancellation);
        await open.OpenAsync(Cancellation);
        await using var source = new LibSqlDataSource($"{Database.ConnectionString};Auth Token={Token}");

        string?[] shown = [connection.ConnectionString, connection.ToString(), connection.DataSource, connection.Database, source.ConnectionString, source.ToString()];

        shown.Should().NotContain(text => text != null && text.Contains(Token, StringComparison.Ordinal));
        open.ConnectionString.Should().Contain(Token);
    }

    private static string? Baton(ProxiedRequest request) => request.Body.StartsWith('{')
        ? System.Text.Json.Nodes.JsonNode.Parse(request.Body)!["baton"]?.ToString()
        : null;

    /// <summary>A transaction in which something fails, watched from the wire.</summary>
    private async Task<IReadOnlyList<string>> UseAsync(System.Data.Common.DbConnection connection)
    {
        await using var proxy = Proxy();
        await using var source = SourceThrough(proxy, $"Auth Token={Token}");
        await using var through = await source.OpenConnectionAsync(Cancellation);
        foreach (var one in (System.Data.Common.DbConnection[])[connection, through])
        {
            await using var transaction = await one.BeginTransactionAsync(Cancellation);
            await one.ExecuteAsync("INSERT INTO item VALUES (@name)", new { name = "a-value-nobody-may-see" }, transaction);
            await one.Awaiting(failing => failing.ExecuteAsync("INSERT INTO nowhere VALUES (1)", transaction: transaction))
                .Should().ThrowAsync<LibSqlException>();
            await transaction.CommitAsync(Cancellation);
        }

        return [.. proxy.Requests.Select(Baton).OfType<string>()];
    }

    /// <summary>Everything that the provider says about its work while it lives, whichever test it is for.</summary>
    private sealed class ActivityRecorder : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly List<Activity> _activities = [];
        private readonly ActivityListener _listener;

        public ActivityRecorder()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "TursoWorld.LibSql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = Record,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public string Told()
        {
            lock (_lock)
            {
                return string.Join('\n', _activities.SelectMany(Words));
            }
        }

        public void Dispose() => _listener.Dispose();

        private static IEnumerable<string> Words(Activity activity) =>
        [
            activity.OperationName, activity.DisplayName, activity.StatusDescription ?? "",
            .. activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"),
            .. activity.Events.SelectMany(happened => happened.Tags.Select(tag => $"{happened.Name} {tag.Key}={tag.Value}")),
            .. activity.Baggage.Select(item => $"{item.Key}={item.Value}"),
        ];

        private void Record(Activity activity)
        {
            lock (_lock)
            {
                _activities.Add(activity);
            }
        }
    }
}
