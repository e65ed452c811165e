using System.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>The write-ahead log is made longer before it has to be.</summary>
public sealed class LogRoomTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new(durability: Durability.Full);

    private string LogPath => $"{_bench.Path}-wal";

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Commits_go_into_room_that_is_there()
    {
        await WriteAsync(first: 1, count: 8); // one of them finds that the log has grown
        var length = new FileInfo(LogPath).Length;

        await WriteAsync(first: 9, count: 6);

        new FileInfo(LogPath).Length.Should().Be(length);
    }

    [Fact]
    public async Task The_room_doubles_whenever_it_is_used_up()
    {
        await WriteAsync(first: 1, count: 2);
        var lengths = new HashSet<long> { new FileInfo(LogPath).Length };

        for (var id = 3; id <= 400; id++)
        {
            await WriteAsync(id, count: 1);
            lengths.Add(new FileInfo(LogPath).Length);
        }

        lengths.Should().HaveCountLessThan(30);
        lengths.Max().Should().BeGreaterThan(400 * 4096);
    }

    /// <summary>As a crash would leave them.</summary>
    [Fact]
    public async Task Room_is_not_taken_for_content()
    {
        await WriteAsync(first: 1, count: 20);
        var copy = $"{_bench.Path}.copy";
        File.Copy(_bench.Path, copy);
        File.Copy(LogPath, $"{copy}-wal");

        Items.Ids(copy).Should().Equal(Enumerable.Range(1, 20).Select(id => (long)id));
        Items.Query<string>(copy, "PRAGMA integrity_check").Should().Equal("ok");
    }

    [Fact]
    public async Task Two_writers_in_turn_do_not_lengthen_it_without_end()
    {
        await using var other = new SqliteTransport(
            new SqliteConnections(new DatabaseUrl(_bench.Path), new(Durability.Full)), new WorldDiagnostics(NullLoggerFactory.Instance));
        for (var id = 1; id <= 100; id++)
        {
            await WriteAsync(id, count: 1);
            (await other.BeginAsync(Stopwatch.GetTimestamp(), CancellationToken.None)).Should().BeNull();
            other.Commit().Should().BeNull();
        }

        new FileInfo(LogPath).Length.Should().BeLessThan(6 * 1024 * 1024);
    }

    [Fact]
    public async Task A_log_that_was_cut_back_gets_room_again()
    {
        await WriteAsync(first: 1, count: 40);
        Items.Query<long>(_bench.Path, "PRAGMA wal_checkpoint(TRUNCATE)");
        new FileInfo(LogPath).Length.Should().Be(0);

        await WriteAsync(first: 41, count: 20);

        new FileInfo(LogPath).Length.Should().BeGreaterThan(64 * 1024);
        Items.Ids(_bench.Path).Should().HaveCount(60);
    }

    [Fact]
    public async Task Where_no_commit_waits_for_the_disk_none_is_made()
    {
        await using var bench = new WriterBench();
        for (var id = 1; id <= 3; id++)
        {
            await bench.WriteAsync(Items.UnitOf(id));
        }

        new FileInfo($"{bench.Path}-wal").Length.Should().BeLessThan(64 * 1024);
    }

    [Fact]
    public async Task A_database_that_is_closed_has_no_log()
    {
        await WriteAsync(first: 1, count: 20);

        await _bench.CloseAsync();

        File.Exists(LogPath).Should().BeFalse();
        Items.Ids(_bench.Path).Should().HaveCount(20);
    }

    private async Task WriteAsync(int first, int count)
    {
        for (var id = first; id < first + count; id++)
        {
            (await _bench.WriteAsync(Items.UnitOf(id))).IsCommitted.Should().BeTrue();
        }
    }
}
