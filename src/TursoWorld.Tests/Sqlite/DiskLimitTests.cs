using System.Globalization;
using FluentAssertions;
using TursoWorld.Tests.Crash;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>A process that may write files of a certain size only meets I/O errors where they really happen.</summary>
public sealed class DiskLimitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(200)]
    [InlineData(333)]
    public async Task A_disk_that_takes_no_more_gives_a_typed_error_and_leaves_the_file_consistent(int kilobytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs the limits of a Unix shell.");
        var path = Path.Combine(_folder.FullName, "items.db");
        Items.Create(path);
        await using var child = ChildProcess.StartProgram(
            "/bin/bash",
            [
                "-c",
                $"trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"",
                Path.ChangeExtension(typeof(Program).Assembly.Location, null),
                path,
            ],
            new()
            {
                [CrashScenarios.Variable] = "write-until-full",
                ["DOTNET_EnableWriteXorExecute"] = "0", // its memory file would meet the limit as well
            });

        await child.ReachedAsync("failed");
        await child.ContinueAsync();

        (await child.WaitForExitAsync()).Should().Be(0, child.Output);
        Items.Query<string>(path, "PRAGMA integrity_check").Should().Equal("ok");
        var acknowledged = child.Output.Split(Environment.NewLine)
            .Where(line => line.StartsWith("wrote ", StringComparison.Ordinal))
            .Select(line => long.Parse(line["wrote ".Length..], CultureInfo.InvariantCulture))
            .ToList();
        acknowledged.Should().HaveCountGreaterThan(3);
        Items.Ids(path).Should().Contain(acknowledged);
        child.Output.Should().MatchRegex("error (IO|DISK_FULL|OUTCOME_UNKNOWN)");
    }
}
