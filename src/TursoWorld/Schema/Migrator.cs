using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Schema;

/// <summary>Brings the tables of a database up to date. Any number of processes may do so at once.</summary>
internal sealed class Migrator(
    ISqlDatabase database, IReadOnlyList<Migration> migrations, TimeProvider timeProvider, WorldDiagnostics diagnostics)
{
    /// <exception cref="SchemaException">The database is newer than the library, or was migrated by another one.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var applied = await LoadAppliedAsync(cancellationToken).ConfigureAwait(false);
        Check(applied, database.Name);
        if (applied.Count == migrations.Count)
        {
            return;
        }

        var created = await database.WriteAsync(new Unit(new SqlStatement(SchemaSql.Create)), cancellationToken)
            .ConfigureAwait(false);
        created.ThrowUnlessCommitted();
        foreach (var migration in migrations.Skip(applied.Count))
        {
            await ApplyAsync(migration, cancellationToken).ConfigureAwait(false);
        }

        // Whoever was quicker may have been another version.
        Check(await LoadAppliedAsync(cancellationToken).ConfigureAwait(false), database.Name);
    }

    /// <summary>Whether the tables are those of this library, or of an earlier version of it. Changes nothing.</summary>
    /// <param name="name">What errors call the database.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SchemaException">They are not.</exception>
    public async Task CheckAsync(string name, CancellationToken cancellationToken)
    {
        var applied = await LoadAppliedAsync(cancellationToken).ConfigureAwait(false);
        if (applied.Count == 0)
        {
            throw SchemaException.Foreign(name);
        }

        Check(applied, name);
    }

    private async Task ApplyAsync(Migration migration, CancellationToken cancellationToken)
    {
        var record = new SqlStatement(
            SchemaSql.Record,
            ("version", migration.Version),
            ("name", migration.Name),
            ("checksum", migration.Checksum),
            ("applied_at", timeProvider.GetUtcNow()));
        var script = SqlScript.Split(migration.Script).Select(text => new SqlStatement(text));
        var result = await database.WriteAsync(new Unit([record, .. script]), cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.UniqueViolation)
        {
            return;
        }

        result.ThrowUnlessCommitted();
        diagnostics.MigrationApplied(database.Name, migration.Version, migration.Name);
    }

    private void Check(List<AppliedRow> applied, string name)
    {
        var newest = migrations[^1].Version;
        if (applied.Count > 0 && applied[^1].version > newest)
        {
            throw SchemaException.TooNew(name, applied[^1].version, newest);
        }

        foreach (var (row, migration) in applied.Zip(migrations))
        {
            if (row.version != migration.Version || row.checksum != migration.Checksum)
            {
                throw SchemaException.Mismatch(name, row.version, row.name);
            }
        }
    }

    private async Task<List<AppliedRow>> LoadAppliedAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(
            async reader => await reader.ScalarAsync<long>(SchemaSql.Exists).ConfigureAwait(false) == 0
                ? []
                : await reader.QueryAsync<AppliedRow>(SchemaSql.List).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);

    private sealed record AppliedRow(long version, string name, string checksum);
}
