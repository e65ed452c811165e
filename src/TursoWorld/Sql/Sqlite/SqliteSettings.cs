namespace TursoWorld.Sql.Sqlite;

/// <summary>How a file, or a database in memory, is used.</summary>
/// <param name="Durability">What a commit survives.</param>
internal sealed record SqliteSettings(Durability Durability)
{
    /// <summary>How long a lock that another process keeps is waited for.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a file is opened although the loaded SQLite has the WAL-reset bug.</summary>
    public bool AllowUnsafe { get; init; }
}
