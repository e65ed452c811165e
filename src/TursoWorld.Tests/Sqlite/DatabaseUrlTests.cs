using FluentAssertions;
using TursoWorld.Sql;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class DatabaseUrlTests
{
    [Theory]
    [InlineData("file:/var/data/workflow.db", "/var/data/workflow.db")]
    [InlineData("file:///var/data/workflow.db", "/var/data/workflow.db")]
    [InlineData("file://localhost/var/data/workflow.db", "/var/data/workflow.db")]
    [InlineData("FILE:/var/data/workflow.db", "/var/data/workflow.db")]
    [InlineData("file:/var/my data/workflow.db", "/var/my data/workflow.db")]
    [InlineData("file:/var/my%20data/100%25.db", "/var/my data/100%.db")]
    [InlineData("file:/var/what%3F%23.db", "/var/what?#.db")]
    [InlineData("file:/var/data/../workflow.db", "/var/workflow.db")]
    [InlineData("file:/var/データ.db", "/var/データ.db")]
    public void A_file_is_named_by_its_path(string text, string path)
    {
        var url = DatabaseUrl.TryParse(text, out var failure);

        failure.Should().BeNull();
        url!.Path.Should().Be(Path.GetFullPath(path));
        url.IsMemory.Should().BeFalse();
        url.Name.Should().Be(url.Path);
    }

    [Theory]
    [InlineData("file:workflow.db", "workflow.db")]
    [InlineData("file:./data/workflow.db", "data/workflow.db")]
    [InlineData("file:my data/work%20flow.db", "my data/work flow.db")]
    public void A_relative_path_begins_in_the_current_folder(string text, string path) =>
        DatabaseUrl.TryParse(text, out _)!.Path.Should().Be(Path.Combine(Environment.CurrentDirectory, path));

    [Fact]
    public void A_database_in_memory_has_no_path()
    {
        var url = DatabaseUrl.TryParse(":memory:", out var failure);

        failure.Should().BeNull();
        url!.IsMemory.Should().BeTrue();
        url.Name.Should().Be(":memory:");
    }

    [Theory]
    [InlineData("", "begin with 'file:'")]
    [InlineData("workflow.db", "begin with 'file:'")]
    [InlineData("/var/data/workflow.db", "begin with 'file:'")]
    [InlineData("ftp://example.com", "begin with 'file:'")]
    [InlineData("file:", "names no file")]
    [InlineData("file://", "names no file")]
    [InlineData("file://host", "names a host, 'host'")]
    [InlineData("file://data/x.db", "'file:data/x.db' for a path from the current folder, or 'file:///data/x.db'")]
    [InlineData("file:workflow.db?mode=ro", "no query")]
    [InlineData("file:workflow.db#part", "no fragment")]
    [InlineData("file:work%00flow.db", "names no file")]
    public void What_names_no_file_is_refused_with_the_reason(string text, string reason)
    {
        var url = DatabaseUrl.TryParse(text, out var failure);

        url.Should().BeNull();
        failure.Should().StartWith("DatabaseUrl ").And.Contain(reason);
    }

    [Fact]
    public void What_may_be_a_secret_is_not_repeated()
    {
        DatabaseUrl.TryParse("https://user:secret@example.com", out var failure);

        failure.Should().NotContain("secret").And.Contain("https:");
    }
}
