using TursoWorld.Sql;

namespace TursoWorld;

/// <summary>Makes worlds.</summary>
public static class WorldFactory
{
    // The one mutable table of the process: worlds with the same database share one writer. Guarded by its lock.
    private static readonly Dictionary<string, SharedDatabase> Open = [];
    private static readonly Lock OpenLock = new();

    /// <summary>
    /// Makes a world. Nothing touches the disk or the network until its first use. Worlds of one process with the same file, or the
    /// same URL and token, share their connections; each <c>:memory:</c> world has a database of its own.
    /// </summary>
    /// <remarks>
    /// Worlds that share need the same <see cref="WorldOptions.Durability"/>, <see cref="WorldOptions.BusyTimeout"/> and
    /// <see cref="WorldOptions.AllowUnsafeSqlite"/>. Until the last of them is disposed, some options of the first count for all: <see cref="WorldOptions.TimeProvider"/>, <see cref="WorldOptions.PollInterval"/>,
    /// <see cref="WorldOptions.LoggerFactory"/> for the library's own lines, and <see cref="WorldOptions.Lease"/> for how long
    /// other processes are waited for.
    /// </remarks>
    /// <param name="options">How it works; default: everything from the environment and the defaults.</param>
    /// <exception cref="InvalidOptionsException">An option cannot work; the message names every one that cannot.</exception>
    public static World CreateWorld(WorldOptions? options = null)
    {
        var settings = WorldSettings.Resolve(options ?? new WorldOptions(), Environment.GetEnvironmentVariable);
        return new World(settings, Acquire(settings));
    }

    /// <summary>
    /// Makes a database of a backup. What happened after the backup was taken happens again: steps are executed once more, with
    /// the same idempotency keys.
    /// </summary>
    /// <param name="backupPath">
    /// A file made by <see cref="World.BackupAsync"/>, or another copy of a database: its path, or a <c>file:</c> URL as in
    /// <see cref="WorldOptions.DatabaseUrl"/>. It is not changed.
    /// </param>
    /// <param name="path">Where to: a file that does not exist, by path or URL as well.</param>
    /// <param name="cancellationToken">Gives up; nothing stays behind.</param>
    /// <exception cref="InvalidOptionsException">A path names no file.</exception>
    /// <exception cref="ConflictException">There is a database already, or a part of one.</exception>
    /// <exception cref="SchemaException">The backup is of a newer version of the library, or of another program.</exception>
    /// <exception cref="StorageException">
    /// The backup is missing or damaged, the database could not be written, or a process still uses one of that name.
    /// </exception>
    public static Task RestoreAsync(string backupPath, string path, CancellationToken cancellationToken = default) =>
        Restore.RunAsync(FileOf(backupPath, nameof(backupPath)), FileOf(path, nameof(path)), cancellationToken);

    /// <summary>The absolute path of a file that is given by a path or a <c>file:</c> URL.</summary>
    /// <exception cref="InvalidOptionsException">It is the URL of something else.</exception>
    internal static string FileOf(string pathOrUrl, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrUrl, parameter);
        if (!DatabaseUrl.IsUrl(pathOrUrl))
        {
            return Path.GetFullPath(pathOrUrl);
        }

        var url = DatabaseUrl.TryParse(pathOrUrl, out var failure);
        return url?.Path
            ?? throw new InvalidOptionsException([failure ?? $"A backup is a file, given by its path or a file: URL; '{url!.Name}' is no file."]);
    }

    /// <summary>Lets go of what a world shared; the last one closes it.</summary>
    internal static async ValueTask ReleaseAsync(SharedDatabase shared)
    {
        lock (OpenLock)
        {
            if (--shared.Users > 0)
            {
                return;
            }

            foreach (var entry in Open.Where(entry => entry.Value == shared).ToList())
            {
                Open.Remove(entry.Key);
            }
        }

        await shared.DisposeAsync().ConfigureAwait(false);
    }

    private static SharedDatabase Acquire(WorldSettings settings)
    {
        if (settings.Database.IsMemory)
        {
            return new SharedDatabase(settings) { Users = 1 };
        }

        var key = settings.Database.Path is { } path ? Canonical(path) : settings.Database.Server!.Key; // what is not in memory has one of both
        lock (OpenLock)
        {
            if (!Open.TryGetValue(key, out var shared))
            {
                shared = new SharedDatabase(settings);
                Open.Add(key, shared);
            }
            else
            {
                RequireSame(nameof(WorldOptions.Durability), settings.Options.Durability, shared.Durability);
                RequireSame(nameof(WorldOptions.BusyTimeout), settings.Options.BusyTimeout, shared.BusyTimeout);
                RequireSame(nameof(WorldOptions.AllowUnsafeSqlite), settings.AllowUnsafeSqlite, shared.AllowUnsafeSqlite);
            }

            shared.Users++;
            return shared;
        }

        void RequireSame<T>(string option, T given, T theirs)
        {
            if (!Equals(given, theirs))
            {
                throw new InvalidOptionsException(
                [
                    $"{option} is {given}, but another world of this process has '{settings.Database.Name}' open with {theirs}. "
                    + $"Worlds that share a database share its connections; give both the same.",
                ]);
            }
        }
    }

    /// <summary>The file that an absolute path leads to, whatever links are in between, of the file and of its folders.</summary>
    internal static string Canonical(string path)
    {
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path; // the root
        }

        var here = Path.Combine(Canonical(folder), Path.GetFileName(path));
        FileSystemInfo? target = File.Exists(here) ? File.ResolveLinkTarget(here, returnFinalTarget: true)
            : Directory.Exists(here) ? Directory.ResolveLinkTarget(here, returnFinalTarget: true)
            : null;
        return target is null ? here : Canonical(target.FullName);
    }
}
