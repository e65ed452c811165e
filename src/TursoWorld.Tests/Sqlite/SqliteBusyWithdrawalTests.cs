using FluentAssertions;
using SQLitePCL;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqliteBusyWithdrawalTests : IAsyncDisposable
{
    private readonly TestFile _file = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_write_that_waits_for_the_lock_of_somebody_else_can_be_withdrawn()
    {
        using var holder = new RawDatabase(_file.Path);
        var database = _file.Open();
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        using var cancellation = new CancellationTokenSource();
        var writes = Enumerable.Range(1, 2).Select(id => Task.Run(
            () => database.WriteAsync(Items.UnitOf(id), cancellation.Token), Cancellation)).ToList();

        await cancellation.CancelAsync();

        try
        {
            foreach (var write in writes)
            {
                await write.Invoking(withdrawn => withdrawn.WaitAsync(TimeSpan.FromSeconds(4), Cancellation))
                    .Should().ThrowAsync<OperationCanceledException>();
            }
        }
        finally
        {
            holder.Execute("COMMIT").Should().Be(raw.SQLITE_OK);
        }
    }
}
