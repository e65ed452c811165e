using System.Diagnostics;
using Dapper;
using FluentAssertions;
using TursoWorld.LibSql;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>What the provider tells those who trace.</summary>
public sealed class ActivityServerTests : ServerTest, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Activity> _stopped = [];
    private readonly ActivityListener _listener;

    public ActivityServerTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "TursoWorld.LibSql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Record,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_request_is_a_span_of_a_client_with_its_costs()
    {
        await ExecuteAsync("CREATE TABLE item (id INTEGER)");
        await Connection.ExecuteAsync("INSERT INTO item VALUES (@id)", new { id = 4711 });

        var insert = Own().Single(activity => activity.OperationName == "INSERT");

        insert.Kind.Should().Be(ActivityKind.Client);
        insert.Status.Should().Be(ActivityStatusCode.Unset);
        insert.GetTagItem("db.namespace").Should().Be(Database.Name);
        insert.GetTagItem("db.operation.name").Should().Be("INSERT");
        insert.GetTagItem("db.query.text").Should().Be("INSERT INTO item VALUES (@id)");
        insert.GetTagItem("server.address").Should().Be(Database.Url.Host);
        insert.GetTagItem("server.port").Should().Be(Database.Url.Port);
        insert.GetTagItem("libsql.rows_written").Should().Be(1L);
        insert.GetTagItem("libsql.query_duration_ms").Should().BeOfType<double>();
        insert.TagObjects.Should().NotContain(tag => $"{tag.Value}".Contains("4711", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_is_told_with_its_code()
    {
        await this.Awaiting(_ => ExecuteAsync("DELETE FROM nowhere")).Should().ThrowAsync<LibSqlException>();

        var delete = Own().Single(activity => activity.OperationName == "DELETE");

        delete.Status.Should().Be(ActivityStatusCode.Error);
        delete.GetTagItem("error.type").Should().Be("SQLITE_UNKNOWN");
        delete.GetTagItem("db.response.status_code").Should().Be("SQLITE_UNKNOWN");
    }

    /// <summary>Other tests are traced, too.</summary>
    private List<Activity> Own()
    {
        lock (_lock)
        {
            return [.. _stopped.Where(activity => Equals(activity.GetTagItem("db.namespace"), Database.Name))];
        }
    }

    private void Record(Activity activity)
    {
        lock (_lock)
        {
            _stopped.Add(activity);
        }
    }
}
