using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class UnitWriterFailureTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task An_exception_of_the_transport_reaches_those_who_waited_and_nobody_later()
    {
        _bench.Transport.BeforeBegin = () => throw new IOException("pulled out");

        var write = () => _bench.WriteAsync(Items.UnitOf(1));

        await write.Should().ThrowAsync<IOException>().WithMessage("pulled out");
        _bench.Transport.BeforeBegin = () => Task.CompletedTask;
        (await _bench.WriteAsync(Items.UnitOf(2))).IsCommitted.Should().BeTrue();
        _bench.Ids.Should().Equal(2);
    }

    [Fact]
    public async Task Units_of_a_thread_outside_the_pool_are_written_in_the_order_of_its_calls()
    {
        const string Append = """
            INSERT INTO item (value)
            VALUES (@value)
            """;
        var writes = new List<Task<UnitResult>>();
        var thread = new Thread(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                writes.Add(_bench.WriteAsync(new Unit(new SqlStatement(Append, ("value", i)))));
            }
        });

        thread.Start();
        thread.Join();
        await Task.WhenAll(writes);

        Items.Query<long>(_bench.Path, "SELECT value FROM item ORDER BY id").Should().BeInAscendingOrder();
    }
}
