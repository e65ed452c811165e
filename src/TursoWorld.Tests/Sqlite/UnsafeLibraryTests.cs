using FluentAssertions;
using Microsoft.Extensions.Logging;
using TursoWorld.Sql.Sqlite;
using TursoWorld.Tests.Crash;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>What a program sees when its SQLite has the WAL-reset bug. A real library with the bug is loaded in child processes.</summary>
public sealed class UnsafeLibraryTests : IDisposable
{
    private const string OptionVariable = "WORKFLOW_ALLOW_UNSAFE_SQLITE";
    private readonly CrashFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(3_051_003, false)]
    [InlineData(3_051_004, false)]
    [InlineData(3_053_004, false)]
    [InlineData(4_000_000, false)]
    [InlineData(3_051_002, true)]
    [InlineData(3_051_000, true)]
    [InlineData(3_050_008, false)]
    [InlineData(3_050_007, false)]
    [InlineData(3_050_006, true)]
    [InlineData(3_045_000, true)]
    [InlineData(3_044_007, false)]
    [InlineData(3_044_006, false)]
    [InlineData(3_044_005, true)]
    [InlineData(3_038_000, true)]
    public void Versions_with_the_fix_are_told_from_those_without(int versionNumber, bool hasBug) =>
        SqliteLibrary.HasWalResetBug(versionNumber).Should().Be(hasBug);

    [Fact]
    public void The_loaded_library_is_safe() => SqliteLibrary.FindUnsafeVersion().Should().BeNull();

    [Fact]
    public async Task A_file_is_refused_before_it_is_touched()
    {
        var output = await OpenAsync(_folder.Url);

        output.Should().Contain("SQLITE_UNSAFE, transient: False").And.Contain($"'{_folder.Database}'")
            .And.Contain("SQLite 3.49.1 has the WAL-reset bug").And.Contain("fixed in 3.51.3, 3.50.7 and 3.44.6")
            .And.Contain("WORKFLOW_SQLITE_LIBRARY").And.Contain("AllowUnsafeSqlite (WORKFLOW_ALLOW_UNSAFE_SQLITE=true) accepts the risk");
        File.Exists(_folder.Database).Should().BeFalse();
    }

    [Fact]
    public async Task A_database_in_memory_is_not_concerned() =>
        (await OpenAsync(":memory:")).Should().Be("opened with 3.49.1");

    [Fact]
    public async Task An_option_opens_the_file_and_leaves_a_warning() =>
        (await OpenAsync(_folder.Url, "allow")).Should().StartWith("Warning 1005").And.Contain("3.49.1").And.EndWith("opened with 3.49.1");

    [Fact]
    public async Task An_environment_variable_does_the_same()
    {
        var output = await OpenAsync(_folder.Url, environment: new() { [OptionVariable] = "true" });

        output.Should().StartWith("Warning 1005").And.EndWith("opened with 3.49.1");
    }

    [Fact]
    public void The_environment_variable_takes_true_and_false_only()
    {
        WorldSettings.Resolve(new(), _ => null).AllowUnsafeSqlite.Should().BeFalse();
        WorldSettings.Resolve(new() { AllowUnsafeSqlite = false }, name => name == OptionVariable ? "true" : null)
            .AllowUnsafeSqlite.Should().BeFalse();
        var resolve = () => WorldSettings.Resolve(new(), name => name == OptionVariable ? "yes" : null);
        resolve.Should().Throw<InvalidOptionsException>().WithMessage($"*{OptionVariable} must be 'true' or 'false'; it is 'yes'*");
    }

    /// <summary>The child: opens a world, and prints what came of it.</summary>
    /// <param name="args">The URL of the database, and "allow" to accept the risk.</param>
    public static async Task<int> OpenAsync(string[] args)
    {
        using var lines = new LogLines("TursoWorld", LogLevel.Warning);
        await using var world = WorldFactory.CreateWorld(new()
        {
            DatabaseUrl = args[0],
            AllowUnsafeSqlite = args.Contains("allow") ? true : null,
            LoggerFactory = lines,
        });
        try
        {
            await world.StartAsync();
            await Console.Out.WriteAsync(string.Concat(lines.All.Select(line => line + "\n")));
            await Console.Out.WriteLineAsync($"opened with {SQLitePCL.raw.sqlite3_libversion().utf8_to_string()}");
        }
        catch (StorageException exception)
        {
            await Console.Out.WriteLineAsync($"{exception.Code}, transient: {exception.IsTransient}: {exception.Message}");
        }

        return 0;
    }

    private static async Task<string> OpenAsync(string url, string? option = null, Dictionary<string, string?>? environment = null)
    {
        RequireLibrary();
        string[] args = option is null ? [url] : [url, option];
        await using var child = ChildProcess.Start("open", args, new(environment ?? new() { [OptionVariable] = null }) { [SqliteLibrary.Variable] = Library });
        (await child.WaitForExitAsync()).Should().Be(0, child.Output);
        return child.Output;
    }

    /// <summary>The path of SQLite 3.49.1; null where the package has none for this system.</summary>
    internal static string? Library => Directory.Exists(Folder) ? Directory.GetFiles(Folder).Single() : null;

    internal static void RequireLibrary() =>
        Requirement.Skip(Library is null ? "The package with an old SQLite has none for this system." : null);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "unsafe-sqlite");
}
