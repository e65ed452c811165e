using System.Runtime.InteropServices;
using FluentAssertions;
using Microsoft.Data.Sqlite;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>
/// Root may write everything, and tests often run as root: the thread that opens the database takes the place of
/// somebody else for the file system.
/// </summary>
public sealed class ReadOnlyTests : IDisposable
{
    private const int Nobody = 65_534;
    private const UnixFileMode ReadableFile = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ReadableFolder = ReadableFile | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    private string DatabasePath => Path.Combine(_folder.FullName, "workflow.db");

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            _folder.UnixFileMode = ReadableFolder | UnixFileMode.UserWrite;
        }

        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_database_that_may_not_be_written_is_refused_with_the_remedy(bool isWal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lets a thread be somebody else.");
        using (var database = new RawDatabase(DatabasePath))
        {
            database.Execute($"PRAGMA journal_mode = {(isWal ? "WAL" : "DELETE")}; CREATE TABLE x (y)").Should().Be(0);
        }

        Protect(DatabasePath, ReadableFile);
        Protect(_folder.FullName, ReadableFolder);

        var failure = OpenAsNobody();

        failure.Should().BeOfType<StorageException>();
        failure!.Message.Should().Contain(DatabasePath).And.MatchRegex("right to write|may be written");
        failure.As<StorageException>().Code.Should().BeOneOf(ErrorCodes.DatabaseReadOnly, ErrorCodes.DatabaseUnavailable);
    }

    [Fact]
    public void A_folder_that_may_not_be_written_takes_no_new_database()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lets a thread be somebody else.");
        Protect(_folder.FullName, ReadableFolder);

        var failure = OpenAsNobody();

        failure.Should().BeOfType<StorageException>().Which.Code.Should().Be(ErrorCodes.DatabaseUnavailable);
        _folder.EnumerateFileSystemInfos().Should().BeEmpty();
    }

    [Fact]
    public void A_folder_that_may_not_be_written_takes_no_backup()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux lets a thread be somebody else.");
        var path = Path.Combine(_folder.FullName, "copy.db");
        Copy(path).Should().BeNull("the same call succeeds for somebody who may write, and loads what it needs");
        File.Delete(path);
        Protect(_folder.FullName, ReadableFolder);

        var failure = AsNobody(() => Copy(path));

        failure.Should().BeOfType<StorageException>().Which.Code.Should().Be(ErrorCodes.DatabaseUnavailable);
        failure!.Message.Should().Contain($"'{path}'").And.Contain("may be written").And.NotContain(".partial");
        _folder.EnumerateFileSystemInfos().Should().BeEmpty();
    }

    private static WorldException? Copy(string path)
    {
        SqliteLibrary.EnsureLoaded();
        using var source = new SqliteConnection("Data Source=:memory:;Pooling=False");
        source.Open();
        try
        {
            SqliteCopy.ToNewFile(source, path, [], () => { }, CancellationToken.None);
            return null;
        }
        catch (WorldException exception)
        {
            return exception;
        }
    }

    private static void Protect(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private Exception? OpenAsNobody()
    {
        // Everything is loaded by somebody who may read it: the runtime cannot load an assembly as nobody when the tests
        // stand in a folder that only their owner may enter.
        Open(":memory:").Should().BeNull();
        Open($"file:{_folder.FullName}").Should().BeOfType<StorageException>();

        return AsNobody(() => Open($"file:{DatabasePath}"));
    }

    private static Exception? AsNobody(Func<Exception?> attempt)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            var self = SetFileSystemUser(Nobody);
            failure = attempt();
            _ = SetFileSystemUser(self);
        });
        thread.Start();
        thread.Join();
        return failure;
    }

    private static Exception? Open(string databaseUrl)
    {
        try
        {
            var world = WorldFactory.CreateWorld(new() { DatabaseUrl = databaseUrl });
            try
            {
                world.StartAsync().GetAwaiter().GetResult();
                return null;
            }
            finally
            {
                world.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(int user);
}
