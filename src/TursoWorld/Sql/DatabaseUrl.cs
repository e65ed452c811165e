namespace TursoWorld.Sql;

/// <summary>Where a database is: a file, a server, or memory.</summary>
/// <param name="Path">Absolute path of the file; null when there is none.</param>
internal sealed record DatabaseUrl(string? Path)
{
    private const string FileScheme = "file:";

    /// <summary>The server; null when the database is here.</summary>
    public DatabaseServer? Server { get; init; }

    public bool IsMemory => Path is null && Server is null;

    /// <summary>What messages call the database.</summary>
    public string Name => Path ?? Server?.Name ?? ":memory:";

    /// <summary>Whether a text is meant as a URL, or <c>:memory:</c>, and not as the path of a file.</summary>
    public static bool IsUrl(string text) => text == ":memory:" || DatabaseServer.HasSchemeOf(text)
        || text.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Parses <c>file:relative.db</c>, <c>file:/absolute.db</c>, <c>file:///absolute.db</c>, <c>:memory:</c> (for SQLite also
    /// <c>file::memory:</c>), or the URL of a server.
    /// </summary>
    /// <returns>Null, with the reason in <paramref name="failure"/>, when the text is none of these.</returns>
    public static DatabaseUrl? TryParse(string text, out string? failure)
    {
        failure = null;
        if (text is ":memory:" or "file::memory:")
        {
            return new DatabaseUrl(Path: null);
        }

        if (DatabaseServer.HasSchemeOf(text))
        {
            return DatabaseServer.TryParse(text, out failure) is { } server ? new DatabaseUrl(Path: null) { Server = server } : null;
        }

        if (!text.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase))
        {
            failure = "DatabaseUrl must begin with 'file:', 'libsql://', 'https://' or 'http://', or be ':memory:'; "
                + $"it is '{Shorten(text)}'.";
            return null;
        }

        var path = text[FileScheme.Length..];
        if (path.Contains('?', StringComparison.Ordinal) || path.Contains('#', StringComparison.Ordinal))
        {
            failure = "DatabaseUrl takes no query and no fragment; write '%3F' or '%23' for a '?' or '#' in the name of the file.";
            return null;
        }

        if (path.StartsWith("//", StringComparison.Ordinal))
        {
            var host = HostOf(path);
            if (host is not ("" or "localhost"))
            {
                failure = $"DatabaseUrl names a host, '{host}', and a file is on this machine. Write 'file:{path[2..]}' for a path from the current folder, "
                    + $"or 'file:///{path[2..]}' for one from the root.";
                return null;
            }

            path = path[(2 + host.Length)..];
        }

        path = Uri.UnescapeDataString(path);
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            failure = "DatabaseUrl names no file; write for example 'file:workflow.db'.";
            return null;
        }

        return new DatabaseUrl(System.IO.Path.GetFullPath(path));
    }

    // file://localhost/x and file:///x are the same file.
    private static string HostOf(string path)
    {
        var root = path.IndexOf('/', 2);
        return root < 0 ? path[2..] : path[2..root];
    }

    // What stands before the scheme's colon is enough to see the mistake; the rest may hold credentials.
    private static string Shorten(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? text : text[..(colon + 1)] + "…";
    }
}
