using Microsoft.CodeAnalysis;

namespace TursoWorld.Tests.Architecture;

/// <summary>A file of the library.</summary>
/// <param name="Path">Below src/TursoWorld, with forward slashes.</param>
/// <param name="Tree">What it says.</param>
internal sealed record SourceFile(string Path, SyntaxTree Tree)
{
    /// <summary>Where files lie that belong to no room because they wire the rooms.</summary>
    public const string Root = "";

    /// <summary>The first folder of the path.</summary>
    public string Room => Path.Contains('/') ? Path[..Path.IndexOf('/')] : Root;

    /// <summary>The namespace of the internal types in the folder.</summary>
    public string Namespace => string.Join('.', ["TursoWorld", .. Path.Split('/')[..^1]]);

    /// <summary>Path and line of a node, as editors understand them.</summary>
    public string At(SyntaxNodeOrToken node) =>
        $"src/TursoWorld/{Path}:{node.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1}";
}
