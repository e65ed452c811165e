using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Crash;

namespace TursoWorld.Tests.Sqlite;

/// <summary>Writes until it fails, says how, and goes on.</summary>
internal static class DiskLimitScenario
{
    private const int Most = 500;

    public static async Task<int> RunAsync(string[] args)
    {
        var database = SqliteDatabase.Open(
            new DatabaseUrl(args[0]), new(Durability.Full), new WorldDiagnostics(NullLoggerFactory.Instance), TimeProvider.System);
        var failures = 0;
        for (var id = 1; id <= Most && failures < 3; id++)
        {
            var result = await database.WriteAsync(new Unit(Items.InsertBlob(id, 10_000)), CancellationToken.None);
            var outcome = result.IsCommitted ? $"wrote {id}" : $"error {result.Exception?.Code}: {result.Exception?.Message}";
            await Console.Out.WriteLineAsync(outcome);
            failures += result.IsCommitted ? 0 : 1;
        }

        CrashPoint.Reach("failed");
        var count = await database.ReadAsync(_ => Task.FromResult(1), CancellationToken.None);
        await database.DisposeAsync();
        return failures == 3 && count == 1 ? 0 : 1;
    }
}
