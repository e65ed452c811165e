using System.Text;

namespace TursoWorld.Tests.Support;

/// <summary>What stands before the body of an HTTP/1.1 message.</summary>
/// <param name="StartLine">The line of the request or of the status.</param>
/// <param name="Fields">The header fields in their order.</param>
internal sealed record HttpHead(string StartLine, IReadOnlyList<(string Name, string Value)> Fields)
{
    public bool IsChunked => Field("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) ?? false;

    /// <summary>The length of the body; null when the head does not tell.</summary>
    public long? ContentLength => Field("Content-Length") is { } length
        ? long.Parse(length, System.Globalization.CultureInfo.InvariantCulture)
        : null;

    public static HttpHead Parse(string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new HttpHead(lines[0], [.. lines.Skip(1).Select(Split)]);
    }

    /// <summary>The value of a field; null when there is none.</summary>
    public string? Field(string name) => Fields
        .Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(field => field.Value)
        .FirstOrDefault();

    /// <summary>The same head with one field replaced.</summary>
    public HttpHead With(string name, string value) => this with
    {
        Fields = [.. Fields.Where(field => !field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)), (name, value)],
    };

    public byte[] ToBytes() =>
        Encoding.Latin1.GetBytes($"{StartLine}\r\n{string.Concat(Fields.Select(field => $"{field.Name}: {field.Value}\r\n"))}\r\n");

    private static (string Name, string Value) Split(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return (line[..colon], line[(colon + 1)..].Trim());
    }
}
