namespace TursoWorld.Log;

/// <summary>Every statement on <c>workflow_log</c>.</summary>
/// <remarks>
/// Events come as bytes, and are text in the table. A row that follows another one has the instant of that at least. The row that has a position is the
/// last one that begins at it or before it.
/// </remarks>
internal static class LogSql
{
    /// <summary>The first rows of a run that the same unit inserts.</summary>
    public const string AppendFirst = """
        -- log.append_first
        INSERT INTO workflow_log (run_key, first, last, created_at, events, payloads)
        SELECT run_key, @first, @last, @created_at, CAST(@events AS TEXT), @payloads
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>As <see cref="AppendFirst"/>, for a run whose attributes come from another one.</summary>
    public const string AppendInherited = """
        -- log.append_inherited
        INSERT INTO workflow_log (run_key, first, last, created_at, events, payloads)
        SELECT run_key, 1, 1, @created_at,
               '[["run_created",null,' ||
               json_patch(@data, json_object('attributes', json(attributes))) ||
               coalesce(',' || CAST(@payload AS TEXT), '') || ']]',
               @payloads
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>
    /// Appends at a position of the writer's choosing, in the name of a claim. Without the claim there is no position, and a check refuses the unit as
    /// a guard does; a position that is taken refuses it as well.
    /// </summary>
    public const string AppendTurn = """
        -- log.append_turn
        INSERT OR FAIL INTO workflow_log (run_key, first, last, created_at, correlation_id, events, payloads)
        VALUES (@run_key, (SELECT @first FROM queue_messages WHERE message_key = @message_key AND lease_token = @lease_token),
                @last, @created_at, @correlation_id, CAST(@events AS TEXT), @payloads)
        """;

    /// <summary>Appends wherever the log ends, never earlier in time than what is there.</summary>
    public const string AppendNext = """
        -- log.append_next
        INSERT INTO workflow_log (run_key, first, last, created_at, correlation_id, events, payloads)
        SELECT @run_key, last + 1, last + @count, max(created_at, @created_at), @correlation_id, CAST(@events AS TEXT), @payloads
        FROM workflow_log
        WHERE run_key = @run_key
        ORDER BY first DESC
        LIMIT 1
        RETURNING first, created_at
        """;

    /// <summary>Appends what the outside sent to the hook with a token.</summary>
    public const string AppendReceived = """
        -- log.append_received
        INSERT INTO workflow_log (run_key, first, last, created_at, correlation_id, events, payloads)
        SELECT l.run_key, l.last + 1, l.last + 1, max(l.created_at, @created_at),
               CASE WHEN length(h.hook_id) > 20 THEN h.hook_id END,
               '[["hook_received",' || json_quote(h.hook_id) || CAST(@rest AS TEXT), @payloads
        FROM workflow_hooks AS h
        JOIN workflow_log AS l ON l.run_key = h.run_key
        WHERE h.token = @token
        ORDER BY l.first DESC
        LIMIT 1
        RETURNING run_key
        """;

    /// <summary>Tells the parent of a run that the same unit has ended, if that waits for it, wherever the log of the parent ends.</summary>
    public const string AppendChildEnded = """
        -- log.append_child_ended
        INSERT INTO workflow_log (run_key, first, last, created_at, events, payloads)
        SELECT l.run_key, l.last + 1, l.last + 1,
               max(l.created_at, c.completed_at),
               '[["child_ended",' || json_quote(c.child_id) || CAST(@rest AS TEXT), @payloads
        FROM workflow_runs AS c
        JOIN workflow_runs AS p ON p.run_id = c.parent_run_id
        JOIN workflow_log AS l ON l.run_key = p.run_key
        WHERE c.run_key = @run_key AND c.parent_waits = 1 AND p.ended_position IS NULL
        ORDER BY l.first DESC
        LIMIT 1
        """;

    /// <summary>The latest hook with a token among the latest rows of all logs, for one that does not wait.</summary>
    public const string FindHook = """
        -- log.find_hook
        SELECT r.run_id, EXISTS (
            SELECT 1
            FROM workflow_log AS later
            CROSS JOIN json_each(later.events) AS received
            WHERE later.run_key = l.run_key AND later.first >= l.first
              AND received.value ->> 0 = 'hook_received' AND received.value ->> 1 = created.value ->> 1) AS is_used
        FROM (
            SELECT log_key, run_key, first, events
            FROM workflow_log
            ORDER BY log_key DESC
            LIMIT @limit) AS l
        CROSS JOIN json_each(l.events) AS created
        JOIN workflow_runs AS r ON r.run_key = l.run_key
        WHERE created.value ->> 0 = 'hook_created' AND created.value ->> '$[2].token' = @token
        ORDER BY l.log_key DESC
        LIMIT 1
        """;

    /// <summary>Where a log ends.</summary>
    public const string FindEnd = """
        -- log.find_end
        SELECT last
        FROM workflow_log
        WHERE run_key = @run_key
        ORDER BY first DESC
        LIMIT 1
        """;

    /// <summary>What a log has behind a position, and in the row of that.</summary>
    public const string Load = "-- log.load\n" + Select + """

        WHERE run_key = @run_key AND last > @after
          AND first >= coalesce((SELECT max(first) FROM workflow_log WHERE run_key = @run_key AND first <= @after + 1), 0)
        ORDER BY first
        LIMIT @limit
        """;

    public const string LoadBackwards = "-- log.load_backwards\n" + Select + """

        WHERE run_key = @run_key AND first < @after
        ORDER BY first DESC
        LIMIT @limit
        """;

    /// <summary>As <see cref="Load"/>, of the logs of some runs, given as key and position, for folds: without payloads that stand beside the events.</summary>
    /// <remarks>In the order of the runs, and of each log: the first loop goes over the list, the second over the index.</remarks>
    public const string LoadMany = """
        -- log.load_many
        SELECT l.log_key, l.run_key, l.first, l.created_at, CAST(l.events AS BLOB) AS events, 1 AS is_bare
        FROM json_each(@behind) AS b
        CROSS JOIN workflow_log AS l
            ON l.run_key = json_extract(b.value, '$[0]') AND l.last > json_extract(b.value, '$[1]')
            AND l.first >= coalesce((
                SELECT max(first)
                FROM workflow_log
                WHERE run_key = json_extract(b.value, '$[0]') AND first <= json_extract(b.value, '$[1]') + 1), 0)
        LIMIT @limit
        """;

    /// <summary>The rows that have some positions of one log.</summary>
    public const string ListAt = """
        -- log.list_at
        SELECT log_key, run_key, first, created_at, CAST(events AS BLOB) AS events, CASE WHEN @with_data THEN payloads END AS payloads,
               NOT @with_data AS is_bare
        FROM workflow_log
        WHERE run_key = @run_key AND first IN (
            SELECT (SELECT max(first) FROM workflow_log WHERE run_key = @run_key AND first <= w.value)
            FROM json_each(@positions) AS w)
        """;

    /// <summary>
    /// What was recorded about one step, wait, hook, child, change of attributes or key of the state, in whatever runs, oldest first. For ids long
    /// enough to be indexed.
    /// </summary>
    public const string ListCorrelated = "-- log.list_correlated\n" + SelectCorrelated + """

        WHERE l.correlation_id = @correlation_id AND l.log_key >= @after
        """ + Forwards;

    public const string ListCorrelatedBackwards = "-- log.list_correlated_backwards\n" + SelectCorrelated + """

        WHERE l.correlation_id = @correlation_id AND l.log_key <= @after
        """ + Backwards;

    /// <summary>As <see cref="ListCorrelated"/>, for short ids: reads all logs until the page is full.</summary>
    public const string ScanCorrelated = "-- log.scan_correlated\n" + SelectCorrelated + IsAbout + """
         AND l.log_key >= @after
        """ + Forwards;

    public const string ScanCorrelatedBackwards = "-- log.scan_correlated_backwards\n" + SelectCorrelated + IsAbout + """
         AND l.log_key <= @after
        """ + Backwards;

    /// <summary>How many bytes each row has, in order. Reads no events.</summary>
    public const string ListSizes = """
        -- log.list_sizes
        SELECT length(events) + coalesce(length(payloads), 0)
        FROM workflow_log
        WHERE run_key = @run_key
        ORDER BY first
        LIMIT @limit
        """;

    /// <summary>
    /// Before the next of a run that is deleted go: the row with the greatest key stays as one of no run, so that its key does not come back.
    /// </summary>
    public const string KeepGreatest = """
        -- log.keep_greatest
        UPDATE workflow_log
        SET run_key = 0, first = log_key, last = log_key, created_at = 0, correlation_id = NULL, events = '[]', payloads = NULL
        WHERE run_key = @run_key AND log_key = (SELECT max(log_key) FROM workflow_log)
        """;

    /// <summary>What was kept by <see cref="KeepGreatest"/> and is the greatest no more.</summary>
    public const string DropKept = """
        -- log.drop_kept
        DELETE FROM workflow_log
        WHERE run_key = 0 AND first < (SELECT max(log_key) FROM workflow_log)
        """;

    /// <summary>The next of a run that is deleted.</summary>
    public const string DeleteFirst = """
        -- log.delete_first
        DELETE FROM workflow_log
        WHERE log_key IN (
            SELECT log_key FROM workflow_log WHERE run_key = @run_key ORDER BY first LIMIT @limit)
        """;

    private const string Select = """
        SELECT log_key, run_key, first, created_at, CAST(events AS BLOB) AS events, CASE WHEN @with_data THEN payloads END AS payloads,
               NOT @with_data AS is_bare
        FROM workflow_log
        """;

    private const string SelectCorrelated = """
        SELECT r.run_id, l.log_key, l.run_key, l.first, l.created_at, CAST(l.events AS BLOB) AS events,
               CASE WHEN @with_data THEN l.payloads END AS payloads, NOT @with_data AS is_bare
        FROM workflow_log AS l
        JOIN workflow_runs AS r ON r.run_key = l.run_key
        """;

    private const string IsAbout = """

        WHERE EXISTS (SELECT 1 FROM json_each(l.events) AS e WHERE e.value ->> 1 = @correlation_id)
        """;

    private const string Forwards = """

        ORDER BY l.log_key
        LIMIT @limit
        """;

    private const string Backwards = """

        ORDER BY l.log_key DESC
        LIMIT @limit
        """;
}
