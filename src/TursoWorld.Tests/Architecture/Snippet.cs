using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace TursoWorld.Tests.Architecture;

/// <summary>Compiles the pieces of code of a document, which lean on declarations that a reader can imagine.</summary>
internal static class Snippet
{
    /// <summary>What snippets may use without declaring it. They may also declare it themselves.</summary>
    private const string Prelude = """
        global using TursoWorld;

        #pragma warning disable
        public abstract class Prelude
        {
            protected static readonly World world = null!;
            protected static readonly WorkflowContext flow = null!;
            protected static readonly StepContext step = null!;
            protected static readonly StepTransaction transaction = null!;
            protected static readonly string runId = null!;
            protected static readonly string token = null!;
            protected static readonly CancellationToken cancellationToken = default;
        }
        """;

    /// <summary>The errors of a block: none when it compiles as statements or as members of a class.</summary>
    public static IReadOnlyList<string> Errors(Readme.Block block)
    {
        var asStatements = Errors(AsStatements(block));
        return asStatements.Count > 0 && Errors(AsMembers(block)).Count == 0 ? [] : asStatements;
    }

    private static string AsStatements(Readme.Block block)
    {
        var unit = Parse(block);
        var statements = unit.Members.OfType<GlobalStatementSyntax>().ToList();
        return $$"""
            {{Usings(unit, block)}}
            internal sealed class Snippet : Prelude
            {
                private static async Task RunAsync()
                {
            {{Placed(statements, block)}}
                }
            }
            {{Placed(unit.Members.Except(statements), block)}}
            """;
    }

    private static string AsMembers(Readme.Block block)
    {
        var unit = Parse(block);
        var usings = unit.Usings.FullSpan;
        return $$"""
            {{Usings(unit, block)}}
            internal sealed class Snippet : Prelude
            {
            #line {{block.Line + LineOf(unit, usings.End)}} "README.md"
            {{block.Code[usings.End..]}}
            }
            """;
    }

    private static CompilationUnitSyntax Parse(Readme.Block block) =>
        (CompilationUnitSyntax)CSharp.Parse(block.Code, "README.md").GetRoot();

    private static string Usings(CompilationUnitSyntax unit, Readme.Block block) => Placed(unit.Usings, block);

    // Errors are to point into the document.
    private static string Placed(IEnumerable<SyntaxNode> nodes, Readme.Block block) => string.Join('\n',
        from node in nodes
        let line = block.Line + LineOf(node, node.FullSpan.Start)
        select $"#line {line} \"README.md\"\n{node.ToFullString()}");

    private static int LineOf(SyntaxNode node, int position) =>
        node.SyntaxTree.GetText().Lines.GetLinePosition(position).Line;

    private static IReadOnlyList<string> Errors(string source)
    {
        SyntaxTree[] trees = [CSharp.Parse(Prelude, "Prelude.cs"), CSharp.Parse(source, "README.md")];
        return [.. CSharp.Compile("Snippet", trees, CSharp.ReferencesOfUser).GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)
            .Select(Render)
            .Distinct()];
    }

    private static string Render(Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetMappedLineSpan();
        var message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {message}";
    }
}
