using System.Diagnostics;
using System.Text.RegularExpressions;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed partial class RepositoryTextTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A reader of the repository cannot open what is not in it.</summary>
    [Fact]
    public async Task No_file_refers_to_notes_outside_the_repository()
    {
        var references = new List<string>();
        foreach (var path in await TrackedFilesAsync())
        {
            var text = await File.ReadAllTextAsync(RepositoryRoot.File(path), Cancellation);
            var isText = !text.Contains('\0');
            references.AddRange(Outside().Matches(path).Select(match => $"{path} is called {match.Value}"));
            references.AddRange(Outside().Matches(isText ? text : "")
                .Select(match => $"{path}:{text[..match.Index].Count(one => one == '\n') + 1} mentions {match.Value}"));
        }

        references.Should().BeEmpty();
    }

    /// <summary>Includes what is about to be tracked: new files that are not ignored.</summary>
    private static async Task<IEnumerable<string>> TrackedFilesAsync()
    {
        // The owner of a checkout may be another user than the one who tests it, which git refuses unless told.
        string[] arguments = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        using var git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
        })!;
        var output = await git.StandardOutput.ReadToEndAsync(Cancellation);
        await git.WaitForExitAsync(Cancellation);
        git.ExitCode.Should().Be(0, "the sources are tested in a git checkout");
        return output.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => Path.GetFileName(path) != $"{nameof(RepositoryTextTests)}.cs")
            .Where(path => File.Exists(RepositoryRoot.File(path)));
    }

    [GeneratedRegex(@"/work/|shared/|DESIGN\.md|STYLE\.md|WORLD\.md|SCENARIOS\.md|HRANA\.md|ANCHORS\.md")]
    private static partial Regex Outside();
}
