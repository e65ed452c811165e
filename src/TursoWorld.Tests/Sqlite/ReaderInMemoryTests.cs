using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class ReaderInMemoryTests
{
    [Fact]
    public async Task A_reader_of_a_database_in_memory_refuses_to_write()
    {
        await using var database = SqliteDatabase.Open(
            new DatabaseUrl(Path: null), new(Durability.Full), new WorldDiagnostics(NullLoggerFactory.Instance), TimeProvider.System, TestContext.Current.CancellationToken);

        var write = () => database.ReadAsync(
            reader => reader.ScalarAsync<long>("CREATE TABLE x (y)"), TestContext.Current.CancellationToken).AsTask();

        await write.Should().ThrowAsync<StorageException>();
    }
}
