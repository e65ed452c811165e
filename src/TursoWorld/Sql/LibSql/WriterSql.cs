namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Every statement on <c>writers</c>: one row for each process that writes to a server, with the number of its latest flush. The
/// server's clock is asked nowhere else.
/// </summary>
internal static class WriterSql
{
    public const string Register = $"""
        -- writers.register
        INSERT INTO writers (writer_id, flush_no, refused, seen_at)
        VALUES (@writer_id, 0, '', {ServerTime})
        ON CONFLICT (writer_id) DO NOTHING
        """;

    /// <summary>
    /// First statement of a flush: takes its number. A number that is not the next one, or a writer without a row, makes it NULL,
    /// which the table refuses; and with the transaction gone, no later step of the batch finds one to write in. Says when that was by
    /// the clock of the server.
    /// </summary>
    public const string ClaimAndTime = $"""
        -- writers.claim_and_time
        {TakeNumber} {ServerTime})
        ON CONFLICT (writer_id) DO UPDATE
        SET flush_no = excluded.flush_no, refused = excluded.refused, seen_at = excluded.seen_at
        RETURNING seen_at
        """;

    /// <summary>As <see cref="ClaimAndTime"/>, without the time. The zero is never stored: without a row, the number is NULL.</summary>
    public const string Claim = $"""
        -- writers.claim
        {TakeNumber} 0)
        ON CONFLICT (writer_id) DO UPDATE
        SET flush_no = excluded.flush_no, refused = excluded.refused
        """;

    /// <summary>Notes, inside a flush, that one of its units was refused.</summary>
    public const string Refuse = """
        -- writers.refuse
        UPDATE writers
        SET refused = refused || @unit || ' '
        WHERE writer_id = @writer_id
        """;

    public const string Find = """
        -- writers.find
        SELECT flush_no, refused
        FROM writers
        WHERE writer_id = @writer_id
        """;

    /// <summary>Whoever else writes, and how far each has come; and how many have left.</summary>
    public const string ListOthers = """
        -- writers.list_others
        SELECT writer_id, flush_no
        FROM writers
        WHERE writer_id <> @writer_id AND flush_no > 0
        ORDER BY writer_id
        """;

    public const string Now = $"""
        -- writers.now
        SELECT {ServerTime}
        """;

    /// <summary>Somebody has left, and perhaps written something just before. The row stays, or a count could begin again unseen.</summary>
    public const string CountLeaving = $"""
        -- writers.count_leaving
        INSERT INTO writers (writer_id, flush_no, refused, seen_at)
        VALUES ('{WriterLedger.Left}', 1, '', {ServerTime})
        ON CONFLICT (writer_id) DO UPDATE
        SET flush_no = flush_no + 1, seen_at = excluded.seen_at
        """;

    public const string Delete = """
        -- writers.delete
        DELETE FROM writers
        WHERE writer_id = @writer_id
        """;

    /// <summary>Removes writers that have been silent for so long that they will not come back under their old names.</summary>
    public const string DeleteSilent = $"""
        -- writers.delete_silent
        DELETE FROM writers
        WHERE writer_id <> '{WriterLedger.Left}' AND seen_at + @silent_ms < {ServerTime}
        """;

    /// <summary>In a copy of the database, where nobody writes.</summary>
    public const string DeleteAll = """
        -- writers.delete_all
        DELETE FROM writers
        """;

    /// <summary>A write that changes nothing that anybody reads: what a look at the health of a database writes.</summary>
    public const string Touch = """
        -- writers.touch
        INSERT INTO writers (writer_id, flush_no, refused, seen_at)
        VALUES ('health', 0, '', @now)
        ON CONFLICT (writer_id) DO UPDATE
        SET seen_at = excluded.seen_at
        """;

    private const string ServerTime =
        "(CAST(strftime('%s', 'now') AS INTEGER) * 1000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER))";

    private const string TakeNumber = """
        INSERT OR ROLLBACK INTO writers (writer_id, flush_no, refused, seen_at)
        VALUES (@writer_id, (SELECT @flush_no FROM writers WHERE writer_id = @writer_id AND flush_no = @flush_no - 1), @refused,
        """;
}
