using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>
/// Clears away what has been deleted and nobody sees any more, in small units. Any number of processes may do so at once,
/// with the same deletions as well.
/// </summary>
internal sealed class DeletionSweep(ISqlDatabase database, WorldDiagnostics diagnostics)
{
    // A look at so many small runs takes some milliseconds.
    private const int DeletionsAtOnce = 100;

    /// <summary>Clears away what some deletions are about, and returns when nothing of it is left.</summary>
    public async Task SweepAsync(IEnumerable<long> deletionKeys, CancellationToken cancellationToken)
    {
        foreach (var batch in deletionKeys.Chunk(DeletionsAtOnce))
        {
            var arguments = new { deletion_keys = $"[{string.Join(',', batch)}]" };
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var statements = await database.ReadAsync(reader => ReadPieceAsync(reader, arguments), cancellationToken)
                    .ConfigureAwait(false);
                if (statements.Count == 0)
                {
                    break;
                }

                var result = await database.WriteAsync(new Unit(statements), cancellationToken).ConfigureAwait(false);
                result.ThrowUnlessCommitted();
                diagnostics.DeletionStepped(database.Name);
            }
        }
    }

    /// <summary>Goes on with deletions that a process has not finished, because it died or was told to stop.</summary>
    public async Task SweepAllAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var deletionKeys = await database.ReadAsync(
                reader => reader.QueryAsync<long>(DeletionSql.List, new { limit = DeletionsAtOnce }),
                cancellationToken).ConfigureAwait(false);
            if (deletionKeys.Count == 0)
            {
                return;
            }

            await SweepAsync(deletionKeys, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<IReadOnlyList<SqlStatement>> ReadPieceAsync(SqlReader reader, object arguments)
    {
        var piece = new DeletionPiece(reader);
        foreach (var deletion in await reader.QueryAsync<DeletionRow>(DeletionSql.ListThese, arguments).ConfigureAwait(false))
        {
            if (!await piece.TryAddAsync(deletion).ConfigureAwait(false))
            {
                break;
            }
        }

        return piece.Statements;
    }
}
