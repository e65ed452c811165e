using FluentAssertions;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Units that nobody waits for share the commit of whoever comes next.</summary>
public sealed class CompanyTests : IAsyncDisposable
{
    private static readonly TimeSpan Leisure = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(0.5);

    private readonly ManualTimeProvider _clock = new();
    private readonly WriterBench _bench;

    public CompanyTests()
    {
        _bench = new WriterBench(_clock);
        _bench.Transport.BeginsAtOnce = true;
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_caller_takes_along_what_nobody_waits_for()
    {
        var patient = await WritePatientAsync(1);

        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)));

        (await patient).IsCommitted.Should().BeTrue();
        _bench.Transport.Groups.Should().Equal(2);
        _bench.Ids.Should().Equal(1, 2);
    }

    [Fact]
    public async Task Of_callers_who_come_at_once_none_takes_it_along()
    {
        var patient = _bench.WriteAsync(Items.UnitOf(1) with { CanWait = true });
        await _clock.SleeperAsync();

        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)));
        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(3)));

        patient.IsCompleted.Should().BeFalse();
        _bench.Ids.Should().Equal(2, 3);
    }

    [Fact]
    public async Task It_stays_behind_as_long_as_callers_come_and_then_is_written()
    {
        var first = await WritePatientAsync(1);
        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)));
        await first;
        var second = _bench.WriteAsync(Items.UnitOf(3) with { CanWait = true });
        _clock.Advance(Leisure);
        await _clock.SleeperAsync();
        second.IsCompleted.Should().BeFalse();

        _clock.Advance(Leisure);

        (await second).IsCommitted.Should().BeTrue();
        _bench.Transport.Groups.Should().Equal(2, 1);
    }

    [Fact]
    public async Task A_caller_who_is_refused_refuses_nobody_else()
    {
        await Task.Run(() => _bench.WriteAsync(Items.UnitOf(1)));
        var patient = await WritePatientAsync(2);

        var refused = await Task.Run(() => _bench.WriteAsync(new Unit(Items.Insert(3), Items.Insert(1))));

        refused.Error.Should().Be(SqlErrorKind.UniqueViolation);
        (await patient).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1, 2);
    }

    [Fact]
    public async Task An_exception_of_the_transport_is_told_to_all_who_share_the_commit()
    {
        var patient = await WritePatientAsync(1);
        _bench.Transport.BeforeExecute = () => throw new IOException("pulled out");

        var write = () => Task.Run(() => _bench.WriteAsync(Items.UnitOf(2)));

        await write.Should().ThrowAsync<IOException>().WithMessage("pulled out");
        await patient.Awaiting(task => task).Should().ThrowAsync<IOException>().WithMessage("pulled out");
        _bench.Ids.Should().BeEmpty();
    }

    [Fact]
    public async Task A_writer_that_is_closed_writes_it_first()
    {
        var patient = await WritePatientAsync(1);

        await _bench.CloseAsync();

        (await patient).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(1);
    }

    /// <summary>Gives the writer a unit that nobody waits for, and waits until its loop has left it to others for long enough.</summary>
    private async Task<Task<UnitResult>> WritePatientAsync(long id)
    {
        var writing = _bench.WriteAsync(Items.UnitOf(id) with { CanWait = true });
        await _clock.SleeperAsync();
        _clock.Advance(Gathering);
        return writing;
    }
}
