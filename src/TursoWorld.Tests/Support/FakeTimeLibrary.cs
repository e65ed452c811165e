using System.Globalization;

namespace TursoWorld.Tests.Support;

/// <summary>
/// libfaketime, which tells a process another time of day than the system's, and another one again while it runs. Timers and time stamps
/// stay true, as when the clock of the machine is set.
/// </summary>
internal static class FakeTimeLibrary
{
    /// <summary>The environment variable that says where the library is.</summary>
    public const string Variable = "TURSOWORLD_TEST_LIBFAKETIME";

    private const string Name = "libfaketimeMT.so.1";

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? Lack => Find() is null
        ? $"libfaketime is not installed (apt-get install libfaketime; {Variable} names another place)."
        : null;

    /// <summary>The environment of a process whose clock goes by a file.</summary>
    /// <param name="file">As <see cref="Set"/> writes it.</param>
    public static Dictionary<string, string?> EnvironmentFor(string file) => new()
    {
        ["LD_PRELOAD"] = Find(),
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1", // its name in older versions
        ["NO_FAKE_STAT"] = "1",
    };

    /// <summary>How far the clock is ahead of that of the system.</summary>
    public static void Set(string file, TimeSpan ahead)
    {
        var next = file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"+{ahead.TotalSeconds:0}\n"));
        File.Move(next, file, overwrite: true); // whoever reads it sees one or the other
    }

    private static string? Find() => Candidates().FirstOrDefault(File.Exists);

    private static IEnumerable<string> Candidates()
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        string[] folders = ["/usr/lib", "/usr/local/lib", .. Directory.GetDirectories("/usr/lib", "*-linux-*")];
        return [Environment.GetEnvironmentVariable(Variable) ?? "", .. folders.Select(folder => Path.Combine(folder, "faketime", Name))];
    }
}
