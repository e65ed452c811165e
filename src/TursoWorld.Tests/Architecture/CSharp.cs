using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace TursoWorld.Tests.Architecture;

/// <summary>The compiler, set up the way the projects of this repository are.</summary>
internal static class CSharp
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions ParseOptions = new(
        LanguageVersion.Latest, DocumentationMode.None, preprocessorSymbols: ["NET", "NET10_0", "NET10_0_OR_GREATER"]);

    private static readonly CSharpCompilationOptions Options = new(
        OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);

    // What the test process may load is the framework and every package of the library and of the tests.
    private static readonly IReadOnlyList<MetadataReference> Loadable = [..
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>What the library is compiled against.</summary>
    public static IEnumerable<MetadataReference> ReferencesOfLibrary =>
        Without("TursoWorld", "TursoWorld.Tests", "ConsoleApp");

    /// <summary>What the ADO.NET provider is compiled against, which knows nothing of the library.</summary>
    public static IEnumerable<MetadataReference> ReferencesOfProvider =>
        Without("TursoWorld", "TursoWorld.LibSql", "TursoWorld.Tests", "ConsoleApp");

    /// <summary>What a user of the library compiles against.</summary>
    public static IEnumerable<MetadataReference> ReferencesOfUser => Without("TursoWorld.Tests", "ConsoleApp");

    public static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, ParseOptions, path);

    public static CSharpCompilation Compile(
        string name, IEnumerable<SyntaxTree> trees, IEnumerable<MetadataReference> references) =>
        CSharpCompilation.Create(name, [Parse(ImplicitUsings, "ImplicitUsings.cs"), .. trees], references, Options);

    private static IEnumerable<MetadataReference> Without(params string[] assemblies) =>
        Loadable.Where(reference => !assemblies.Contains(Path.GetFileNameWithoutExtension(reference.Display)));
}
