using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Schema;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Schema;

public sealed class MigratorTests : IDisposable
{
    private const string ListApplied = "SELECT version FROM schema_migrations ORDER BY version";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly Migration First = new(1, "0001_first", "CREATE TABLE first (x);\nINSERT INTO first VALUES (1);");
    private static readonly Migration Second = new(2, "0002_second", "ALTER TABLE first ADD COLUMN y;");
    private static readonly Migration Broken = new(2, "0002_broken", "CREATE TABLE second (x); INSERT INTO missing VALUES (1);");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Path => System.IO.Path.Combine(_folder.FullName, "schema.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_new_file_gets_every_migration_in_order()
    {
        await MigrateAsync(First, Second);

        Items.Query<long>(Path, ListApplied).Should().Equal(1, 2);
        Items.Query<string>(Path, "SELECT checksum FROM schema_migrations").Should().Equal(First.Checksum, Second.Checksum);
        Items.Query<long>(Path, "SELECT count(*) FROM first WHERE y IS NULL").Should().Equal(1);
    }

    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        await MigrateAsync(First, Second);
        var before = await File.ReadAllBytesAsync(Path, Cancellation);

        await MigrateAsync(First, Second);

        (await File.ReadAllBytesAsync(Path, Cancellation)).Should().Equal(before);
    }

    [Fact]
    public async Task A_file_of_an_older_version_gets_what_is_new()
    {
        await MigrateAsync(First);

        await MigrateAsync(First, Second);

        Items.Query<long>(Path, ListApplied).Should().Equal(1, 2);
        Items.Query<long>(Path, "SELECT count(*) FROM first").Should().Equal(1);
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_left_alone()
    {
        await MigrateAsync(First, Second);

        var migrate = () => MigrateAsync(First);

        (await migrate.Should().ThrowAsync<SchemaException>()).Which.Code.Should().Be(ErrorCodes.SchemaTooNew);
        Items.Query<long>(Path, ListApplied).Should().Equal(1, 2);
    }

    [Fact]
    public async Task A_migration_that_was_changed_afterwards_is_refused_with_its_name()
    {
        await MigrateAsync(First, Second);

        var migrate = () => MigrateAsync(new Migration(1, First.Name, "CREATE TABLE first (z);"), Second);

        (await migrate.Should().ThrowAsync<SchemaException>().WithMessage("*'0001_first'*"))
            .Which.Code.Should().Be(ErrorCodes.SchemaMismatch);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_of_itself()
    {
        var migrate = () => MigrateAsync(First, Broken);

        await migrate.Should().ThrowAsync<StorageException>().WithMessage("*missing*");
        Items.Query<long>(Path, ListApplied).Should().Equal(1);
        Items.Query<string>(Path, "SELECT name FROM sqlite_master WHERE name = 'second'").Should().BeEmpty();
    }

    [Fact]
    public async Task Any_number_may_migrate_one_new_file_at_once()
    {
        using var everybody = new Barrier(4);
        var migrating = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                everybody.SignalAndWait(TimeSpan.FromSeconds(10));
                return MigrateAsync(First, Second);
            },
            Cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap());

        await Task.WhenAll(migrating).WaitAsync(Limit, Cancellation);

        Items.Query<long>(Path, ListApplied).Should().Equal(1, 2);
        Items.Query<long>(Path, "SELECT x FROM first").Should().Equal(1);
    }

    [Fact]
    public void A_checksum_does_not_depend_on_line_ends()
    {
        var windows = First.Script.ReplaceLineEndings("\r\n");

        new Migration(1, "x", windows).Checksum.Should().Be(First.Checksum);
        new Migration(1, "x", First.Script + " ").Checksum.Should().NotBe(First.Checksum);
    }

    [Fact]
    public void The_library_has_migrations_numbered_from_one()
    {
        var migrations = Migration.LoadAll();

        migrations.Select(migration => migration.Version).Should().Equal(
            Enumerable.Range(1, migrations.Count).Select(version => (long)version));
        migrations.Should().OnlyContain(migration => migration.Name.StartsWith($"{migration.Version:D4}_"));
    }

    private async Task MigrateAsync(params Migration[] migrations)
    {
        var diagnostics = new WorldDiagnostics(NullLoggerFactory.Instance);
        await using var database = SqliteDatabase.Open(
            new DatabaseUrl(Path), new(Durability.Normal), diagnostics, TimeProvider.System);
        await new Migrator(database, migrations, TimeProvider.System, diagnostics).MigrateAsync(Cancellation);
    }
}
