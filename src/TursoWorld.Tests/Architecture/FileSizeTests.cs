using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class FileSizeTests
{
    private static readonly (string Path, int Lines)[] Files = [..
        LibrarySources.Current.Files
            .Select(file => (file.Path, file.Tree.GetText(TestContext.Current.CancellationToken).Lines.Count - 1))
            .OrderBy(file => file.Item2)];

    [Fact]
    public void No_file_is_longer_than_400_lines() =>
        Files.Where(file => file.Lines > 400).Should().BeEmpty("a longer file hides a concept that has no name yet");

    [Fact]
    public void Half_of_the_files_are_shorter_than_80_lines() => Files[Files.Length / 2].Lines.Should().BeLessThan(80);

    [Fact]
    public void Nineteen_of_twenty_files_are_shorter_than_300_lines() =>
        Files[Files.Length * 95 / 100].Lines.Should().BeLessThan(300);
}
