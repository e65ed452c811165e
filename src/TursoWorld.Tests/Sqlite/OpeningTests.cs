using System.Security.Cryptography;
using FluentAssertions;
using SQLitePCL;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>What a user sees of a database that cannot be used, and of one that is shared.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string DatabasePath => Path.Combine(_folder.FullName, "workflow.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_directory_is_no_database()
    {
        var failure = await FailureOfAsync<StorageException>(_folder.FullName);

        failure.Code.Should().Be(ErrorCodes.DatabaseUnavailable);
        failure.Message.Should().Contain(_folder.FullName).And.Contain("is a directory");
    }

    [Fact]
    public async Task A_folder_that_is_missing_is_not_made()
    {
        var path = Path.Combine(_folder.FullName, "missing", "workflow.db");

        var failure = await FailureOfAsync<StorageException>(path);

        failure.Code.Should().Be(ErrorCodes.DatabaseUnavailable);
        failure.Message.Should().Contain("folder").And.Contain("does not exist");
        Directory.Exists(Path.GetDirectoryName(path)).Should().BeFalse();
    }

    [Fact]
    public async Task A_file_of_another_kind_is_left_as_it_was()
    {
        var bytes = RandomNumberGenerator.GetBytes(10_000);
        await File.WriteAllBytesAsync(DatabasePath, bytes, Cancellation);

        var failure = await FailureOfAsync<StorageException>(DatabasePath);

        failure.Code.Should().Be(ErrorCodes.NotADatabase);
        failure.IsTransient.Should().BeFalse();
        (await File.ReadAllBytesAsync(DatabasePath, Cancellation)).Should().Equal(bytes);
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_damaged()
    {
        await MakeAsync();
        await using (var file = File.OpenWrite(DatabasePath))
        {
            file.SetLength(2 * 4_096);
        }

        (await FailureOfAsync<StorageException>(DatabasePath)).Code.Should().Be(ErrorCodes.DatabaseCorrupt);
    }

    [Fact]
    public async Task A_file_with_pages_overwritten_is_damaged()
    {
        await MakeAsync();
        await using (var file = File.OpenWrite(DatabasePath))
        {
            file.Position = 100;
            file.Write(RandomNumberGenerator.GetBytes((int)file.Length - 100));
        }

        (await FailureOfAsync<StorageException>(DatabasePath)).Code.Should().Be(ErrorCodes.DatabaseCorrupt);
    }

    [Fact]
    public async Task An_empty_file_becomes_a_database()
    {
        await File.WriteAllBytesAsync(DatabasePath, [], Cancellation);

        await MakeAsync();

        Items.Query<long>(DatabasePath, "SELECT count(*) FROM workflow_runs").Should().Equal(0);
    }

    [Fact]
    public async Task A_database_of_a_newer_library_is_refused()
    {
        await MakeAsync();
        Change("INSERT INTO schema_migrations VALUES (9999, '9999_future', 'x', 0)");

        var failure = await FailureOfAsync<SchemaException>(DatabasePath);

        failure.Code.Should().Be(ErrorCodes.SchemaTooNew);
        failure.Message.Should().Contain("9999").And.Contain("Update the TursoWorld package");
    }

    [Fact]
    public async Task A_database_that_was_made_otherwise_is_refused()
    {
        await MakeAsync();
        Change("UPDATE schema_migrations SET checksum = 'other'");

        (await FailureOfAsync<SchemaException>(DatabasePath)).Code.Should().Be(ErrorCodes.SchemaMismatch);
    }

    [Fact]
    public async Task A_database_that_could_not_be_opened_is_tried_again()
    {
        var path = Path.Combine(_folder.FullName, "later", "workflow.db");
        await using var world = CreateWorld(path);
        await world.Invoking(broken => broken.StartAsync(Cancellation)).Should().ThrowAsync<StorageException>();

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        await world.StartAsync(Cancellation);
        File.Exists(path).Should().BeTrue();
    }

    [Fact]
    public async Task Making_a_world_touches_no_disk()
    {
        var world = CreateWorld(DatabasePath);

        await world.DisposeAsync();

        _folder.EnumerateFileSystemInfos().Should().BeEmpty();
    }

    [Theory]
    [InlineData("with space.db", "with space.db")]
    [InlineData("with%20code.db", "with code.db")]
    [InlineData("quote';\"--.db", "quote';\"--.db")]
    [InlineData("what%3F%23.db", "what?#.db")]
    [InlineData("データ.db", "データ.db")]
    public async Task The_file_has_the_name_that_the_URL_gives_it(string encoded, string name)
    {
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file://{_folder.FullName}/{encoded}" });

        await world.StartAsync(Cancellation);

        File.Exists(Path.Combine(_folder.FullName, name)).Should().BeTrue();
    }

    [Fact]
    public void All_options_that_cannot_work_are_told_at_once()
    {
        var create = () => WorldFactory.CreateWorld(new()
        {
            DatabaseUrl = "ftp://example.com",
            Concurrency = 0,
            MaxLiveRuns = 0,
            Lease = TimeSpan.Zero,
            ShutdownTimeout = TimeSpan.FromSeconds(-1),
            BusyTimeout = TimeSpan.Zero,
            Durability = (Durability)7,
        });

        var failure = create.Should().Throw<InvalidOptionsException>().Which;
        failure.Code.Should().Be(ErrorCodes.InvalidOptions);
        failure.Failures.Select(text => text.Split(' ')[0]).Should().Equal(
            "DatabaseUrl", "Concurrency", "MaxLiveRuns", "Lease", "ShutdownTimeout", "BusyTimeout", "Durability");
    }

    [Fact]
    public async Task Worlds_with_one_database_share_its_writer_until_the_last_is_gone()
    {
        var one = CreateWorld(DatabasePath);
        var two = CreateWorld(Path.Combine(_folder.FullName, ".", "workflow.db"));
        two.Shared.Should().BeSameAs(one.Shared);

        await one.StartAsync(Cancellation);
        await one.DisposeAsync();
        await two.StartAsync(Cancellation);
        await two.DisposeAsync();

        await using var later = CreateWorld(DatabasePath);
        later.Shared.Should().NotBeSameAs(two.Shared);
        await later.StartAsync(Cancellation);
    }

    [Fact]
    public async Task A_link_to_a_database_is_that_database()
    {
        await MakeAsync();
        var link = File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link.db"), DatabasePath).FullName;

        await using var one = CreateWorld(DatabasePath);
        await using var two = CreateWorld(link);

        two.Shared.Should().BeSameAs(one.Shared);
    }

    [Fact]
    public async Task A_database_in_a_folder_that_is_a_link_is_the_same_also_before_it_exists()
    {
        var folder = Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), _folder.CreateSubdirectory("real").FullName).FullName;

        await using var one = CreateWorld(Path.Combine(_folder.FullName, "real", "new.db"));
        await using var two = CreateWorld(Path.Combine(folder, "new.db"));

        two.Shared.Should().BeSameAs(one.Shared);
    }

    [Fact]
    public async Task Worlds_in_memory_share_nothing()
    {
        await using var one = WorldFactory.CreateWorld(new() { DatabaseUrl = ":memory:" });
        await using var two = WorldFactory.CreateWorld(new() { DatabaseUrl = ":memory:" });

        two.Shared.Should().NotBeSameAs(one.Shared);
    }

    [Fact]
    public async Task Worlds_with_one_database_must_agree_on_its_durability()
    {
        await using var full = CreateWorld(DatabasePath);

        var other = () => WorldFactory.CreateWorld(
            new() { DatabaseUrl = $"file:{DatabasePath}", Durability = Durability.Normal });

        other.Should().Throw<InvalidOptionsException>().Which.Failures.Should().ContainSingle()
            .Which.Should().Contain("Durability").And.Contain("give both the same");
    }

    [Fact]
    public async Task Worlds_with_one_database_must_agree_on_how_long_they_wait_for_its_lock()
    {
        await using var patient = CreateWorld(DatabasePath);

        var other = () => WorldFactory.CreateWorld(
            new() { DatabaseUrl = $"file:{DatabasePath}", BusyTimeout = TimeSpan.FromSeconds(2) });

        other.Should().Throw<InvalidOptionsException>().Which.Failures.Should().ContainSingle()
            .Which.Should().Contain("BusyTimeout").And.Contain("give both the same");
    }

    [Fact]
    public async Task Worlds_with_one_file_must_agree_on_the_risk_of_an_unsafe_SQLite()
    {
        await using var careful = CreateWorld(DatabasePath);

        var other = () => WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{DatabasePath}", AllowUnsafeSqlite = true });

        other.Should().Throw<InvalidOptionsException>().Which.Failures.Should().ContainSingle()
            .Which.Should().Contain("AllowUnsafeSqlite is True").And.Contain("give both the same");
    }

    private static World CreateWorld(string path) => WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{path}" });

    private static async Task<T> FailureOfAsync<T>(string path)
        where T : WorldException
    {
        await using var world = CreateWorld(path);
        var start = () => world.StartAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        return (await start.Should().ThrowAsync<T>()).Which;
    }

    private async Task MakeAsync()
    {
        await using (var world = CreateWorld(DatabasePath))
        {
            await world.StartAsync(Cancellation);
        }

        Change("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private void Change(string statement)
    {
        using var database = new RawDatabase(DatabasePath);
        database.Execute(statement).Should().Be(raw.SQLITE_OK, database.Message);
    }
}
