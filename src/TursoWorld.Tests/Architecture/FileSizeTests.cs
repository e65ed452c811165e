using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class FileSizeTests
{
    public enum Project
    {
        Library,
        Provider,
    }

    [Theory]
    [InlineData(Project.Library)]
    [InlineData(Project.Provider)]
    public void No_file_is_longer_than_400_lines(Project project) =>
        Files(project).Where(file => file.Lines > 400).Should().BeEmpty("a longer file hides a concept that has no name yet");

    [Theory]
    [InlineData(Project.Library)]
    [InlineData(Project.Provider)]
    public void Half_of_the_files_are_shorter_than_80_lines(Project project) =>
        At(0.5, Files(project)).Lines.Should().BeLessThan(80);

    [Theory]
    [InlineData(Project.Library)]
    [InlineData(Project.Provider)]
    public void Nineteen_of_twenty_files_are_shorter_than_300_lines(Project project) =>
        At(0.95, Files(project)).Lines.Should().BeLessThan(300);

    private static (string Path, int Lines) At(double part, List<(string Path, int Lines)> files) =>
        files[(int)(files.Count * part)];

    private static List<(string Path, int Lines)> Files(Project project) => [..
        (project == Project.Library ? LibrarySources.Current : LibrarySources.Provider).Files
            .Select(file => (file.Path, Lines: file.Tree.GetText(TestContext.Current.CancellationToken).Lines.Count - 1))
            .OrderBy(file => file.Lines)];
}
