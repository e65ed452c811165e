using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Architecture;

/// <summary>The sources of the library, or made-up ones in their place, with their meaning.</summary>
internal sealed class LibrarySources
{
    private static readonly Lazy<LibrarySources> Library = new(() => Read("TursoWorld", CSharp.ReferencesOfLibrary));

    private static readonly Lazy<LibrarySources> LibSql = new(() => Read("TursoWorld.LibSql", CSharp.ReferencesOfProvider));

    private readonly Dictionary<SyntaxTree, SourceFile> _byTree;

    private LibrarySources(IEnumerable<(string Path, string Text)> files, IEnumerable<MetadataReference> references)
    {
        Files = [.. files.Select(file => new SourceFile(file.Path, CSharp.Parse(file.Text, file.Path)))];
        _byTree = Files.ToDictionary(file => file.Tree);
        Compilation = CSharp.Compile("Sources", Files.Select(file => file.Tree), references);
    }

    /// <summary>What is in src/TursoWorld, read once.</summary>
    public static LibrarySources Current => Library.Value;

    /// <summary>What is in src/TursoWorld.LibSql, read once.</summary>
    public static LibrarySources Provider => LibSql.Value;

    public IReadOnlyList<SourceFile> Files { get; }

    public CSharpCompilation Compilation { get; }

    /// <summary>Made-up files, for tests of the rules themselves.</summary>
    public static LibrarySources Of(params (string Path, string Text)[] files) =>
        new(files, CSharp.ReferencesOfLibrary);

    /// <summary>The files that declare a type; none when it is not one of ours.</summary>
    public IEnumerable<SourceFile> FilesOf(ISymbol type) => type.DeclaringSyntaxReferences
        .Select(reference => _byTree.GetValueOrDefault(reference.SyntaxTree))
        .OfType<SourceFile>();

    /// <summary>Every type that is not nested in another, with a file that declares it.</summary>
    public IEnumerable<(INamedTypeSymbol Type, SourceFile File)> TopLevelTypes() =>
        from file in Files
        let model = Compilation.GetSemanticModel(file.Tree)
        from node in file.Tree.GetRoot().DescendantNodes()
        where node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax
        let type = model.GetDeclaredSymbol(node) as INamedTypeSymbol
        where type is { ContainingType: null }
        select (type, file);

    private static LibrarySources Read(string project, IEnumerable<MetadataReference> references)
    {
        var folder = RepositoryRoot.File("src", project);
        return new LibrarySources(
            from path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            let relative = Path.GetRelativePath(folder, path).Replace('\\', '/')
            where !relative.StartsWith("bin/", StringComparison.Ordinal)
                && !relative.StartsWith("obj/", StringComparison.Ordinal)
            orderby relative
            select (relative, File.ReadAllText(path)),
            references);
    }
}
