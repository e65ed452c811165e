using System.Runtime.InteropServices;
using FluentAssertions;
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

    private static void Protect(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private Exception? OpenAsNobody()
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            var world = WorldFactory.CreateWorld(new() { DatabaseUrl = $"file:{DatabasePath}" });
            try
            {
                world.StartAsync().GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            world.DisposeAsync().AsTask().GetAwaiter().GetResult();
        });
        thread.Start();
        thread.Join();
        return failure;
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(int user);
}
