namespace TursoWorld.Log;

/// <summary>Every statement on <c>workflow_events</c>.</summary>
internal static class EventSql
{
    /// <summary>First event of a run that the same unit inserts.</summary>
    public const string AppendFirst = """
        -- events.append_first
        INSERT INTO workflow_events (run_key, position, event_type, created_at, data, payload)
        SELECT run_key, 1, 'run_created', @created_at, @data, @payload
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>As <see cref="AppendFirst"/>, for a run that has its attributes from another one.</summary>
    public const string AppendInherited = """
        -- events.append_inherited
        INSERT INTO workflow_events (run_key, position, event_type, created_at, data, payload)
        SELECT run_key, 1, 'run_created', @created_at,
               json_patch('{}', json_object('continuedFromRunId', @continued_from_run_id, 'attributes', json(attributes))), @payload
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>
    /// Tells the parent of a run that the same unit has ended, if that waits for it: appends what the end says, wherever the log of
    /// the parent ends.
    /// </summary>
    public const string AppendChildEnded = """
        -- events.append_child_ended
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload)
        SELECT c.run_key, latest.position + 1, 'child_ended', c.child_id, max(ended.created_at, latest.created_at),
               json_patch('{}', json_object(
                   'runId', r.run_id, 'runStatus', r.status, 'errorCode', json_extract(ended.data, '$.errorCode'),
                   'cancelReason', json_extract(ended.data, '$.cancelReason'))),
               ended.payload
        FROM workflow_children AS c
        JOIN workflow_runs AS r ON r.run_key = c.child_run_key
        JOIN workflow_events AS ended ON ended.run_key = r.run_key AND ended.position = r.ended_position
        JOIN workflow_runs AS p ON p.run_key = c.run_key
        JOIN workflow_events AS latest ON latest.run_key = p.run_key
        WHERE c.child_run_key = @run_key AND c.status = 'running' AND p.ended_position IS NULL
          AND latest.position = (SELECT max(position) FROM workflow_events WHERE run_key = c.run_key)
        """;

    /// <summary>Second event of a run that the same unit inserts and begins.</summary>
    public const string AppendStarted = """
        -- events.append_started
        INSERT INTO workflow_events (run_key, position, event_type, created_at, data)
        SELECT run_key, 2, 'run_started', @created_at, @data
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    /// <summary>Appends at a position of the writer's choosing. Taken already, the whole unit is refused.</summary>
    public const string AppendAt = """
        -- events.append_at
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload, has_long_id)
        VALUES (@run_key, @position, @event_type, @correlation_id, @created_at, @data, @payload,
                iif(length(@correlation_id) > 20, 1, NULL))
        """;

    /// <summary>Appends wherever the log ends, never earlier in time than what is there.</summary>
    public const string AppendNext = """
        -- events.append_next
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload, has_long_id)
        SELECT run_key, position + 1, @event_type, @correlation_id, max(created_at, @created_at), @data, @payload,
               iif(length(@correlation_id) > 20, 1, NULL)
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position DESC
        LIMIT 1
        RETURNING position, created_at, event_type, data
        """;

    /// <summary>
    /// Appends the outcome of registering a hook: the unit's insert into <c>workflow_hooks</c> took effect, or the token was
    /// taken.
    /// </summary>
    public const string AppendHook = """
        -- events.append_hook
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, data, payload, has_long_id)
        SELECT e.run_key, e.position + 1, iif(h.run_key IS NULL, 'hook_conflict', 'hook_created'), @correlation_id,
               max(e.created_at, @created_at),
               iif(h.run_key IS NULL,
                   json_set(@data, '$.conflictingRunId', (
                       SELECT r.run_id
                       FROM workflow_hooks AS holder
                       JOIN workflow_runs AS r ON r.run_key = holder.run_key
                       WHERE holder.token = @token)),
                   @data),
               iif(h.run_key IS NULL, NULL, @payload), iif(length(@correlation_id) > 20, 1, NULL)
        FROM workflow_events AS e
        LEFT JOIN workflow_hooks AS h ON h.run_key = e.run_key AND h.hook_id = @correlation_id
        WHERE e.run_key = @run_key
        ORDER BY e.position DESC
        LIMIT 1
        RETURNING position, created_at, event_type, data
        """;

    /// <summary>Appends what the outside sent to the hook with a token.</summary>
    public const string AppendReceived = """
        -- events.append_received
        INSERT INTO workflow_events (run_key, position, event_type, correlation_id, created_at, payload, has_long_id)
        SELECT e.run_key, e.position + 1, 'hook_received', h.hook_id, max(e.created_at, @created_at), @payload,
               iif(length(h.hook_id) > 20, 1, NULL)
        FROM workflow_hooks AS h
        JOIN workflow_events AS e ON e.run_key = h.run_key
        WHERE h.token = @token
        ORDER BY e.position DESC
        LIMIT 1
        RETURNING run_key, position
        """;

    /// <summary>The latest hook with a token among the latest events of all logs, for one that does not wait.</summary>
    public const string FindHook = """
        -- events.find_hook
        SELECT r.run_id, EXISTS (
            SELECT 1
            FROM workflow_events AS received
            WHERE received.run_key = created.run_key AND received.position > created.position
              AND received.correlation_id = created.correlation_id AND received.event_type = 'hook_received') AS is_used
        FROM (
            SELECT event_key, run_key, position, event_type, correlation_id, data
            FROM workflow_events
            ORDER BY event_key DESC
            LIMIT @limit) AS created
        JOIN workflow_runs AS r ON r.run_key = created.run_key
        WHERE created.event_type = 'hook_created' AND json_extract(created.data, '$.token') = @token
        ORDER BY created.event_key DESC
        LIMIT 1
        """;

    /// <summary>A range of one log, in order.</summary>
    public const string Load = """
        -- events.load
        SELECT position, event_type, correlation_id, created_at, data, payload
        FROM workflow_events
        WHERE run_key = @run_key AND position > @after
        ORDER BY position
        LIMIT @limit
        """;

    /// <summary>What the logs of some runs, given as key and position, have behind these positions. Reads no payload.</summary>
    public const string Fold = """
        -- events.fold
        SELECT b.key AS place, e.position, e.event_type, e.correlation_id, e.created_at, e.data, e.payload IS NOT NULL AS has_payload
        FROM json_each(@behind) AS b
        CROSS JOIN workflow_events AS e
            ON e.run_key = json_extract(b.value, '$[0]') AND e.position > json_extract(b.value, '$[1]')
        ORDER BY b.key, e.position
        LIMIT @limit
        """;

    /// <summary>Some events of one log, given as position and whether the payload is wanted.</summary>
    public const string ListAt = """
        -- events.list_at
        SELECT e.position, e.event_type, e.correlation_id, e.created_at, e.data,
               CASE WHEN json_extract(w.value, '$[1]') THEN e.payload END AS payload
        FROM json_each(@wanted) AS w
        CROSS JOIN workflow_events AS e ON e.run_key = @run_key AND e.position = json_extract(w.value, '$[0]')
        """;

    public const string Get = "-- events.get\n" + Select + """

        WHERE run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND position = @position
        """;

    /// <summary>As <see cref="Load"/>, by the public id.</summary>
    public const string List = "-- events.list\n" + Select + """

        WHERE run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND position > @after
        ORDER BY position
        LIMIT @limit
        """;

    /// <summary>How many bytes each payload has, in order. Reads no payload.</summary>
    public const string ListSizes = """
        -- events.list_sizes
        SELECT coalesce(length(payload), 0)
        FROM workflow_events
        WHERE run_key = @run_key
        ORDER BY position
        LIMIT @limit
        """;

    /// <summary>The next of a run that is deleted.</summary>
    public const string DeleteFirst = """
        -- events.delete_first
        DELETE FROM workflow_events
        WHERE event_key IN (
            SELECT event_key FROM workflow_events WHERE run_key = @run_key ORDER BY position LIMIT @limit)
        """;

    /// <summary>What a stretch of one log says about the attempts of a step; results stay where they are.</summary>
    public const string ListAttempts = """
        -- events.list_attempts
        SELECT position, event_type, correlation_id, created_at, data,
               CASE WHEN event_type = 'step_failed' OR event_type = 'step_retrying' THEN payload END AS payload
        FROM workflow_events
        WHERE run_key = @run_key AND position >= @first AND position <= @last AND correlation_id = @step_id
          AND event_type LIKE 'step_%'
        ORDER BY position
        """;

    public const string ListBackwards = "-- events.list_backwards\n" + Select + """

        WHERE run_key = (SELECT run_key FROM workflow_runs WHERE run_id = @run_id) AND position < @after
        ORDER BY position DESC
        LIMIT @limit
        """;

    /// <summary>
    /// What was recorded about one step, wait, hook, child, change of attributes or key of the state, in whatever runs, oldest
    /// first. For ids long enough to be indexed.
    /// </summary>
    public const string ListCorrelated = "-- events.list_correlated\n" + SelectCorrelated + IsIndexed + Forwards;

    public const string ListCorrelatedBackwards = "-- events.list_correlated_backwards\n" + SelectCorrelated + IsIndexed + Backwards;

    /// <summary>As <see cref="ListCorrelated"/>, for short ids: reads all logs until the page is full.</summary>
    public const string ScanCorrelated = "-- events.scan_correlated\n" + SelectCorrelated + Forwards;

    public const string ScanCorrelatedBackwards = "-- events.scan_correlated_backwards\n" + SelectCorrelated + Backwards;

    private const string Select = """
        SELECT position, event_type, correlation_id, created_at, data,
               CASE WHEN @with_data THEN payload END AS payload
        FROM workflow_events
        """;

    private const string SelectCorrelated = """
        SELECT e.event_key, r.run_id, e.position, e.event_type, e.correlation_id, e.created_at, e.data,
               CASE WHEN @with_data THEN e.payload END AS payload
        FROM workflow_events AS e
        JOIN workflow_runs AS r ON r.run_key = e.run_key
        WHERE e.correlation_id = @correlation_id
        """;

    private const string IsIndexed = " AND e.has_long_id = 1";

    private const string Forwards = """
         AND e.event_key > @after
        ORDER BY e.event_key
        LIMIT @limit
        """;

    private const string Backwards = """
         AND e.event_key < @after
        ORDER BY e.event_key DESC
        LIMIT @limit
        """;
}
