using System.Security.Cryptography;

namespace TursoWorld.Tests.Support;

/// <summary>
/// Packages of npm in a folder of the user's cache, one for each lock file: installed once, with the versions and the hashes that
/// the lock file names, without running any of their scripts, from the registry that npm is configured for.
/// </summary>
internal static class NodePackages
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <param name="sources">The folder with <c>package.json</c> and <c>package-lock.json</c>; nothing is written there.</param>
    /// <returns>The folder that has <c>node_modules</c>; or what is lacking.</returns>
    public static async Task<(string? Folder, string? Lack)> InstallAsync(string sources)
    {
        if (NodeProgram.Find("npm") is not { } npm || NodeProgram.Find("node") is not { } node)
        {
            return (null, "Needs Node.js 20 or newer with npm, and the search path leads to none.");
        }

        var (_, version) = await NodeProgram.RunAsync(node, ["--version"], sources, Limit);
        if (!int.TryParse(version.Trim().TrimStart('v').Split('.')[0], out var major) || major < 20)
        {
            return (null, $"Needs Node.js 20 or newer, and finds {version.Trim()}.");
        }

        var lockFile = await File.ReadAllBytesAsync(Path.Combine(sources, "package-lock.json"));
        var cache = Directory.CreateDirectory(Path.Combine(CacheFolder(), "tursoworld"));
        var installed = Path.Combine(cache.FullName, "npm-" + Convert.ToHexStringLower(SHA256.HashData(lockFile))[..16]);
        return Directory.Exists(installed) ? (installed, null) : await InstallAsync(npm, sources, installed);
    }

    /// <summary>Installs beside the place and moves, so that a folder that is there is complete.</summary>
    private static async Task<(string? Folder, string? Lack)> InstallAsync(string npm, string sources, string installed)
    {
        var unfinished = Directory.CreateDirectory($"{installed}.{Path.GetRandomFileName()}");
        File.Copy(Path.Combine(sources, "package.json"), Path.Combine(unfinished.FullName, "package.json"));
        File.Copy(Path.Combine(sources, "package-lock.json"), Path.Combine(unfinished.FullName, "package-lock.json"));
        // Not "ci": it refuses a lock file without the optional packages of platforms that a registry does not serve.
        string[] arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
        var (code, output) = await NodeProgram.RunAsync(npm, arguments, unfinished.FullName, Limit);
        if (code != 0)
        {
            unfinished.Delete(recursive: true);
            return (null, $"Needs packages that npm could not install: {output.Trim()}");
        }

        try
        {
            unfinished.MoveTo(installed);
        }
        catch (IOException) when (Directory.Exists(installed))
        {
            Directory.Delete($"{unfinished.FullName}", recursive: true); // another process was faster
        }

        return (installed, null);
    }

    private static string CacheFolder() => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
