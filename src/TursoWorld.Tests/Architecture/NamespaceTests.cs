using FluentAssertions;
using Microsoft.CodeAnalysis;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class NamespaceTests
{
    [Fact]
    public void Public_types_are_in_the_one_namespace_and_internal_types_in_that_of_their_folder() =>
        Misplaced(LibrarySources.Current).Should().BeEmpty();

    [Fact]
    public void Misplaced_types_are_reported()
    {
        var sources = LibrarySources.Of(
            ("Models/Order.cs", "namespace TursoWorld.Models; public sealed record Order;"),
            ("Sql/Sqlite/Pragmas.cs", "namespace TursoWorld.Sql; internal static class Pragmas;"),
            ("Sql/Sqlite/Vfs.cs", "namespace TursoWorld.Sql.Sqlite; internal class Vfs { public class Nested; }"),
            ("Loop.cs", "namespace TursoWorld; internal sealed class Loop;"));

        Misplaced(sources).Should().Equal(
            "Models/Order.cs: Order must be in namespace TursoWorld",
            "Sql/Sqlite/Pragmas.cs: Pragmas must be in namespace TursoWorld.Sql.Sqlite");
    }

    private static IEnumerable<string> Misplaced(LibrarySources sources) =>
        from declared in sources.TopLevelTypes()
        let expected = ExpectedNamespace(declared.Type, declared.File)
        where declared.Type.ContainingNamespace.ToDisplayString() != expected
        select $"{declared.File.Path}: {declared.Type.Name} must be in namespace {expected}";

    private static string ExpectedNamespace(INamedTypeSymbol type, SourceFile file) => type.DeclaredAccessibility switch
    {
        not Accessibility.Public => file.Namespace,
        // Where everybody looks for extensions of the service collection.
        _ when type.Name.EndsWith("ServiceCollectionExtensions", StringComparison.Ordinal) =>
            "Microsoft.Extensions.DependencyInjection",
        _ => "TursoWorld",
    };
}
