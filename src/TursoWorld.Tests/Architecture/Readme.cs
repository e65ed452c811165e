using System.Text.RegularExpressions;

namespace TursoWorld.Tests.Architecture;

/// <summary>The C# in a Markdown document.</summary>
internal static partial class Readme
{
    /// <summary>A fenced block.</summary>
    /// <param name="Line">Line of its first line of code.</param>
    /// <param name="Code">Without the fences.</param>
    internal sealed record Block(int Line, string Code);

    public static IReadOnlyList<Block> CSharpBlocks(string markdown) => [.. Fence().Matches(markdown)
        .Select(match => match.Groups["code"])
        .Select(code => new Block(markdown[..code.Index].Count(one => one == '\n') + 1, code.Value))];

    /// <summary>The lines of a sample between its markers, no deeper indented than necessary.</summary>
    public static string Excerpt(string sample)
    {
        var lines = sample.ReplaceLineEndings("\n").Split('\n');
        string[] excerpt = [.. Between(lines, "usings"), "", .. Between(lines, "example")];
        return string.Concat(excerpt.Select(line => $"{line}\n"));
    }

    /// <summary>The lines of a source file between the markers of one name, no deeper indented than necessary.</summary>
    public static string Region(string source, string marker) =>
        string.Concat(Between(source.ReplaceLineEndings("\n").Split('\n'), marker).Select(line => $"{line}\n"));

    public static string WithoutUsings(string code) => Usings().Replace(code, "");

    private static string[] Between(string[] lines, string marker)
    {
        var from = Array.FindIndex(lines, line => line.Trim() == $"// <{marker}>");
        var to = Array.FindIndex(lines, line => line.Trim() == $"// </{marker}>");
        if (from < 0 || to < from)
        {
            throw new InvalidOperationException($"The sample lacks the markers // <{marker}> and // </{marker}>.");
        }

        var between = lines[(from + 1)..to];
        var indentation = between.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return [.. between.Select(line => line.Length > 0 ? line[indentation..] : line)];
    }

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\A(using [^\n]+;\n)+\n")]
    private static partial Regex Usings();
}
