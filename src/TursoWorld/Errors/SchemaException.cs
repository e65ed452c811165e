namespace TursoWorld;

/// <summary>The tables in the database are not those that this version of the library works with. Nothing was changed.</summary>
public sealed class SchemaException : WorldException
{
    private SchemaException(string code, string message)
        : base(code, 500, message)
    {
    }

    internal static SchemaException TooNew(string database, long found, long known) => new(
        ErrorCodes.SchemaTooNew,
        $"Database '{database}' has schema version {found}; this version of TursoWorld knows versions up to {known}. "
        + "Update the TursoWorld package, or use another database.");

    internal static SchemaException Mismatch(string database, long version, string name) => new(
        ErrorCodes.SchemaMismatch,
        $"Migration {version} ('{name}') of database '{database}' differs from the one in this library. "
        + "Use the version of TursoWorld that made the database, or another database.");

    internal static SchemaException Foreign(string database) => new(
        ErrorCodes.SchemaMismatch,
        $"'{database}' is a SQLite database, but not one of TursoWorld. Name a file that World.BackupAsync has made.");
}
