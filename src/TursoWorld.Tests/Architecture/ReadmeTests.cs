using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class ReadmeTests
{
    [Fact]
    public async Task The_first_example_is_the_sample()
    {
        var sample = await ReadAsync("samples", "ConsoleApp", "SignUp.cs");

        var blocks = Readme.CSharpBlocks(await ReadAsync("README.md"));

        blocks.Should().NotBeEmpty();
        blocks[0].Code.Should().Be(Readme.Excerpt(sample));
    }

    [Fact]
    public async Task Every_other_piece_of_code_compiles()
    {
        var blocks = Readme.CSharpBlocks(await ReadAsync("README.md"));

        blocks.Skip(1).SelectMany(Snippet.Errors).Should().BeEmpty();
    }

    [Theory]
    [InlineData("saga")]
    [InlineData("fan-out")]
    [InlineData("polling")]
    [InlineData("person")]
    [InlineData("elsewhere")]
    public async Task A_recipe_is_the_code_that_its_test_executes(string marker)
    {
        var tested = Readme.Region(await ReadAsync("src", "TursoWorld.Tests", "Workflows", "Recipes.cs"), marker);

        var blocks = Readme.CSharpBlocks(await ReadAsync("README.md"));

        blocks.Select(block => Readme.WithoutUsings(block.Code)).Should().ContainSingle(code => code == tested);
    }

    [Fact]
    public void An_excerpt_has_what_is_between_the_markers_without_common_indentation() => Readme.Excerpt("""
        // <usings>
        using TursoWorld;
        // </usings>
        internal static class SignUp
        {
            // <example>
            if (true)
            {

                Run();
            }
            // </example>
        }
        """).Should().Be("using TursoWorld;\n\nif (true)\n{\n\n    Run();\n}\n");

    [Fact]
    public void A_region_has_what_is_between_its_own_markers() => Readme.Region(
        "// <other>\nint a;\n// </other>\nclass A\n{\n    // <one>\n    int b;\n\n    int c;\n    // </one>\n}\n", "one")
        .Should().Be("int b;\n\nint c;\n");

    [Fact]
    public void Code_may_need_usings_that_are_elsewhere_where_it_was_taken_from() =>
        Readme.WithoutUsings("using A;\nusing B;\n\nusing var c = D;\n").Should().Be("using var c = D;\n");

    [Fact]
    public void Blocks_of_other_languages_are_left_out() => Readme.CSharpBlocks(
        "# A\n```sh\nls\n```\n\n```csharp\nvar a = 1;\n\nvar b = 2;\n```\n```csharp\nvar c = 3;\n```\n")
        .Should().Equal(new Readme.Block(7, "var a = 1;\n\nvar b = 2;\n"), new Readme.Block(12, "var c = 3;\n"));

    [Theory]
    [InlineData("var one = 1;\nConsole.WriteLine(one + runId.Length);\n")]
    [InlineData("using Dapper;\nusing Microsoft.Data.Sqlite;\n\nawait using var connection = new SqliteConnection();\n"
        + "await connection.ExecuteAsync(\"SELECT 1\");\nawait Task.Delay(1, cancellationToken);\n")]
    [InlineData("var runId = \"mine\";\nvar order = new Order(runId);\n\npublic sealed record Order(string Id);\n")]
    [InlineData("using System.Text;\n\n/// <summary>A member.</summary>\n"
        + "public static int Length(StringBuilder text) => text.Length;\nprivate int Count { get; set; }\n")]
    [InlineData("async Task<int> LocalAsync(int one)\n{\n    await Task.Yield();\n    return one;\n}\n")]
    public void A_piece_of_code_may_be_statements_types_or_members(string code) =>
        Snippet.Errors(new Readme.Block(1, code)).Should().BeEmpty();

    [Fact]
    public void A_mistake_is_reported_with_its_line_in_the_document() => Snippet.Errors(
        new Readme.Block(40, "using System.Text;\n\nvar one = 1;\nvar two = unknown;\n"))
        .Should().ContainSingle().Which.Should().StartWith("README.md:43: CS0103");

    private static async Task<string> ReadAsync(params string[] parts)
    {
        var text = await File.ReadAllTextAsync(RepositoryRoot.File(parts), TestContext.Current.CancellationToken);
        return text.ReplaceLineEndings("\n");
    }
}
