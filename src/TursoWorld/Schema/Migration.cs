using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TursoWorld.Schema;

/// <summary>One numbered file of the folder <c>schema</c>, embedded in the library.</summary>
internal sealed record Migration(long Version, string Name, string Script)
{
    private const string ResourcePrefix = "TursoWorld.Schema.";

    /// <summary>SHA-256 of the script with its line ends normalised, in hexadecimal.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(Script.ReplaceLineEndings("\n"))));

    /// <summary>All migrations of this library, oldest first.</summary>
    public static IReadOnlyList<Migration> LoadAll()
    {
        var assembly = typeof(Migration).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(resource =>
            {
                using var stream = assembly.GetManifestResourceStream(resource)!; // listed two lines above
                using var reader = new StreamReader(stream);
                var name = Path.GetFileNameWithoutExtension(resource[ResourcePrefix.Length..]);
                return new Migration(long.Parse(name[..4], CultureInfo.InvariantCulture), name, reader.ReadToEnd());
            })
            .OrderBy(migration => migration.Version)
            .ToList();
    }
}
