using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed partial class SqlPlacementTests
{
    [Fact]
    public void Statements_live_in_the_classes_that_are_named_for_them() =>
        Stray(LibrarySources.Current).Should().BeEmpty();

    [Theory]
    [InlineData("\"\"\"\n    -- queue.claim\n    WITH x AS (VALUES (1)) TABLE x\n    \"\"\"")]
    [InlineData("\"INSERT INTO runs (run_id) VALUES (@run_id)\"")]
    [InlineData("\"INSERT OR IGNORE INTO runs (run_id) VALUES (@run_id)\"")]
    [InlineData("\"\"\"\n    SELECT run_id\n    FROM runs\n    \"\"\"")]
    [InlineData("$\"UPDATE {nameof(C)} SET status = 'x'\"")]
    [InlineData("\"DELETE FROM runs\"")]
    public void A_stray_statement_is_reported(string literal)
    {
        var text = $"namespace TursoWorld.Storage;\nclass C {{ string S() => {literal}; }}";

        Stray(LibrarySources.Of(("Storage/RunStore.cs", text))).Should().ContainSingle()
            .Which.Should().StartWith("src/TursoWorld/Storage/RunStore.cs:2: ");
        Stray(LibrarySources.Of(("Storage/RunSql.cs", text.Replace("class C", "class RunSql")))).Should().BeEmpty();
        Stray(LibrarySources.Of(("Sql/Sqlite/Native.cs", text))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("Update the package, then set the option.")]
    [InlineData("Select a run from the list. Delete it from there.")]
    [InlineData("--")]
    public void Prose_is_no_statement(string prose) =>
        Stray(LibrarySources.Of(("Models/A.cs", $"class A {{ string S() => \"{prose}\"; }}"))).Should().BeEmpty();

    private static IEnumerable<string> Stray(LibrarySources sources) =>
        from file in sources.Files
        where !file.Path.StartsWith("Sql/Sqlite/", StringComparison.Ordinal)
        from literal in file.Tree.GetRoot().DescendantNodes()
        where literal is InterpolatedStringExpressionSyntax || literal.IsKind(SyntaxKind.StringLiteralExpression)
        where Statement().IsMatch(TextOf(literal)) && !literal.Ancestors().Any(IsPlaceForStatements)
        select $"{file.At(literal)}: move this statement into an XxxSql class";

    private static string TextOf(SyntaxNode literal) => literal is InterpolatedStringExpressionSyntax interpolated
        ? interpolated.Contents.ToString()
        : literal.GetFirstToken().ValueText;

    private static bool IsPlaceForStatements(SyntaxNode node) => node is TypeDeclarationSyntax type
        && (type.Identifier.Text.EndsWith("Sql", StringComparison.Ordinal)
            || type.Identifier.Text.EndsWith("Pragmas", StringComparison.Ordinal));

    // Keywords are written in capitals in statements, and in prose they are not.
    [GeneratedRegex(
        @"^\s*-- \w|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bSELECT\b.*\bFROM\b|\bUPDATE\b.*\bSET\b|\bDELETE\s+FROM\b",
        RegexOptions.Singleline)]
    private static partial Regex Statement();
}
