using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>Loads the native SQLite, once per process.</summary>
internal static class SqliteLibrary
{
    /// <summary>Names another native library than the bundled one, by file name or path.</summary>
    public const string Variable = "WORKFLOW_SQLITE_LIBRARY";
    private const int OldestVersionNumber = 3_038_000;
    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>
    /// To be called before the first use of a connection type: a SQLite that is loaded already cannot be replaced.
    /// Later calls do nothing, or throw what the first one threw.
    /// </summary>
    /// <exception cref="InvalidOptionsException">The library named by the environment cannot be used.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>The version of the loaded library, such as "3.53.4", if it has the WAL-reset bug; else null.</summary>
    public static string? FindUnsafeVersion()
    {
        EnsureLoaded();
        return HasWalResetBug(raw.sqlite3_libversion_number()) ? raw.sqlite3_libversion().utf8_to_string() : null;
    }

    /// <summary>
    /// Whether a version of SQLite has the WAL-reset bug: when two connections of one file write or checkpoint at the same
    /// moment, a later checkpoint can skip frames that are committed.
    /// </summary>
    /// <remarks>
    /// Source: https://sqlite.org/wal.html#walresetbug. Fixed in 3.51.3, and in 3.50.7 and 3.44.6 for their branches.
    /// </remarks>
    /// <param name="versionNumber">As <c>sqlite3_libversion_number</c> gives it: 3.51.3 is 3,051,003.</param>
    internal static bool HasWalResetBug(int versionNumber) =>
        versionNumber is not (>= 3_051_003 or (>= 3_050_007 and < 3_051_000) or (>= 3_044_006 and < 3_045_000));

    /// <summary>Opens the library that the variable names, having checked that it is a SQLite new enough.</summary>
    /// <exception cref="InvalidOptionsException">It is not.</exception>
    internal static nint Open(string library)
    {
        if (!NativeLibrary.TryLoad(library, out var handle))
        {
            throw Unusable(library, "which cannot be loaded");
        }

        if (!NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var versionNumber))
        {
            throw Unusable(library, "which is not SQLite");
        }

        return ReadVersion(versionNumber) >= OldestVersionNumber
            ? handle
            : throw Unusable(library, "which is older than SQLite 3.38");
    }

    private static bool Load()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } library)
        {
            var handle = Open(library);
            Redirect(typeof(SQLite3Provider_e_sqlite3).Assembly, library, handle);
            Redirect(typeof(SqliteLibrary).Assembly, library, handle);
        }

        Batteries_V2.Init();
        return true;
    }

    private static void Redirect(Assembly assembly, string library, nint handle)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(
                assembly, (name, _, _) => name == SqliteNative.LibraryName ? handle : nint.Zero);
        }
        catch (InvalidOperationException)
        {
            throw Unusable(library, $"but the program has an import resolver for {assembly.GetName().Name}");
        }
    }

    private static unsafe int ReadVersion(nint versionNumber) =>
        ((delegate* unmanaged[Cdecl]<int>)versionNumber)();

    private static InvalidOptionsException Unusable(string library, string reason) => new(
    [
        $"The environment variable {Variable} names '{library}', {reason}. Set it to the path of a SQLite library of "
        + "version 3.38 or later, or remove it to use the bundled one.",
    ]);
}
