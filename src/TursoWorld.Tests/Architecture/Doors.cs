using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TursoWorld.Tests.Architecture;

/// <summary>Which room may use the types of which other rooms, and who breaks that.</summary>
internal static class Doors
{
    private static readonly string[] Ground = ["Models", "Errors", "Ids", "Diagnostics", "Abstractions"];

    private static readonly string[] OntoSql = [.. Ground, "Sql"];

    private static readonly Dictionary<string, string[]> Open = new()
    {
        ["Models"] = [],
        ["Errors"] = ["Models"],
        ["Ids"] = [],
        ["Diagnostics"] = ["Models"],
        ["Abstractions"] = ["Models", "Errors"],
        ["Sql"] = ["Errors", "Diagnostics"],
        ["Schema"] = OntoSql,
        ["Log"] = OntoSql,
        ["Storage"] = [.. OntoSql, "Log"],
        ["Queue"] = OntoSql,
        ["Streaming"] = OntoSql,
        ["Turns"] = [.. OntoSql, "Log", "Storage", "Queue", "Streaming"],
        ["Contract"] = [.. OntoSql, "Log", "Storage", "Queue", "Turns"],
        ["Runtime"] = Ground,
    };

    // These wire the other rooms and alone may know the world as a whole.
    private static readonly string[] Everywhere = [SourceFile.Root, "Hosting", "Testing"];

    /// <summary>One line per use of a type behind a closed door, and per file outside the known rooms.</summary>
    public static IReadOnlyList<string> Closed(LibrarySources sources) =>
        [.. sources.Files.SelectMany(file => Closed(sources, file)).Distinct()];

    private static IEnumerable<string> Closed(LibrarySources sources, SourceFile file)
    {
        if (Everywhere.Contains(file.Room))
        {
            return [];
        }

        if (!Open.TryGetValue(file.Room, out var open))
        {
            return [$"src/TursoWorld/{file.Path}: '{file.Room}' is no room. Move the file, or name the room in Doors."];
        }

        var model = sources.Compilation.GetSemanticModel(file.Tree);
        return from node in file.Tree.GetRoot().DescendantNodes()
               let type = UsedType(model, node)
               where type is not null
               from declaration in sources.FilesOf(type).Take(1)
               where declaration.Room != file.Room && !open.Contains(declaration.Room)
               let room = declaration.Room == SourceFile.Root ? "the root" : declaration.Room
               select $"{file.At(node)}: {file.Room} must not open {room} ({type.Name})";
    }

    /// <summary>The type that a name stands for, or whose member it stands for.</summary>
    private static INamedTypeSymbol? UsedType(SemanticModel model, SyntaxNode node)
    {
        if (node is not (SimpleNameSyntax { IsVar: false } or ImplicitObjectCreationExpressionSyntax))
        {
            return null;
        }

        var info = model.GetSymbolInfo(node);
        return (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
        {
            INamedTypeSymbol type => type,
            (IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol) and var member => member.ContainingType,
            _ => null,
        };
    }
}
