using TursoWorld.Log;
using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Streaming;

namespace TursoWorld.Turns;

/// <summary>As much as one unit clears away, so that other writers wait for some milliseconds only.</summary>
/// <param name="reader">Tells how much there is.</param>
internal sealed class DeletionPiece(SqlReader reader)
{
    private const int MostRows = 1_000;
    private const long MostBytes = 4 * 1024 * 1024;

    private readonly List<SqlStatement> _statements = [];
    private int _rows;
    private long _bytes;

    public IReadOnlyList<SqlStatement> Statements => _statements;

    /// <summary>Takes what is left of a deletion, as far as there is room.</summary>
    /// <returns>False when something is left of it: the piece is full.</returns>
    public async Task<bool> TryAddAsync(DeletionRow deletion)
    {
        if (deletion.run_key is { } key)
        {
            _statements.Add(new(LogSql.KeepGreatest, ("run_key", key)));
            _statements.Add(new(LogSql.DropKept));
        }

        var isWhole = deletion.run_key is { } runKey
            ? await TryAddOfRunAsync(LogSql.ListSizes, LogSql.DeleteFirst, runKey).ConfigureAwait(false)
                && await TryAddOfRunAsync(ProgressSql.ListSizes, ProgressSql.DeleteFirst, runKey).ConfigureAwait(false)
            : await TryAddAsync(
                StreamSql.ListSizes,
                StreamSql.DeleteFirst,
                new { deletion.stream_key, limit = Room },
                ("stream_key", deletion.stream_key)).ConfigureAwait(false);
        if (isWhole)
        {
            _statements.Add(new(DeletionSql.Finish, ("deletion_key", deletion.deletion_key)));
        }

        return isWhole;
    }

    // One more than fits tells that there is more.
    private int Room => MostRows - _rows + 1;

    private Task<bool> TryAddOfRunAsync(string list, string delete, long runKey) =>
        TryAddAsync(list, delete, new { run_key = runKey, limit = Room }, ("run_key", runKey));

    // By its run or stream, whose key is never used twice. The key of an event is, once the newest ones are deleted: between
    // this look and the unit somebody else may have cleared the same rows away, and another run taken their keys.
    private async Task<bool> TryAddAsync(string list, string delete, object arguments, (string Name, SqlValue Value) owner)
    {
        var count = 0;
        var isWhole = true;
        await foreach (var size in reader.EnumerateAsync<long>(list, arguments))
        {
            if (_rows == MostRows || (_rows > 0 && _bytes + size > MostBytes))
            {
                isWhole = false;
                break;
            }

            (count, _rows, _bytes) = (count + 1, _rows + 1, _bytes + size);
        }

        if (count > 0)
        {
            _statements.Add(new(delete, owner, ("limit", count)));
        }

        return isWhole;
    }
}

/// <summary>A row of <c>deletions</c>.</summary>
internal sealed class DeletionRow
{
    public long deletion_key { get; init; }
    public long? run_key { get; init; }
    public long? stream_key { get; init; }
}
