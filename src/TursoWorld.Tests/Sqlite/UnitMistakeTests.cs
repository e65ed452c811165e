using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class UnitMistakeTests : IAsyncDisposable
{
    private readonly WriterBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task After_a_mistake_in_a_unit_later_units_are_written()
    {
        var mistake = () => _bench.WriteAsync(
            new Unit(Items.Insert(1), new SqlStatement("SELECT @known", ("unknown", 1))));
        await mistake.Should().ThrowAsync<InvalidOperationException>();

        var later = await _bench.WriteAsync(Items.UnitOf(2));

        later.Error.Should().Be(SqlErrorKind.None);
        _bench.Ids.Should().Equal(2);
    }
}
