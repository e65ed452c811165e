namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_runs</c>.</summary>
internal static class RunSql
{
    public const string Insert = """
        -- runs.insert
        INSERT INTO workflow_runs (run_id, workflow_name, workflow_version, status, seed, spec_version, attributes, created_at,
                                   retention_ms, parent_run_id)
        VALUES (@run_id, @workflow_name, @workflow_version, 'pending', @seed, @spec_version, @attributes, @created_at,
                @retention_ms, json_extract(@attributes, '$."$parentRunId"'))
        RETURNING run_key
        """;

    /// <summary>A run that another one begins.</summary>
    public const string InsertChild = """
        -- runs.insert_child
        INSERT INTO workflow_runs (run_id, workflow_name, workflow_version, status, seed, attributes, created_at, retention_ms,
                                   parent_run_id, child_id, parent_close_policy, parent_waits)
        SELECT @run_id, @workflow_name, @workflow_version, 'pending', @seed,
               json_patch(coalesce(@attributes, '{}'), json_object(
                   '$parentRunId', p.run_id,
                   '$rootRunId', coalesce(json_extract(p.attributes, '$."$rootRunId"'), p.run_id))),
               @created_at, @retention_ms, p.run_id, @child_id, @parent_close_policy, 1
        FROM workflow_runs AS p
        WHERE p.run_key = @parent_run_key
        """;

    /// <summary>A run that goes on in place of another one, which the same unit ends.</summary>
    public const string InsertNext = """
        -- runs.insert_next
        INSERT INTO workflow_runs (run_id, workflow_name, workflow_version, status, seed, attributes, created_at, retention_ms,
                                   parent_run_id, child_id, parent_close_policy, parent_waits)
        SELECT @run_id, workflow_name, @workflow_version, 'pending', @seed, attributes, @created_at, retention_ms, parent_run_id,
               child_id, parent_close_policy, parent_waits
        FROM workflow_runs
        WHERE run_key = @run_key
        """;

    /// <summary>The event that starts the run has been appended by the same unit, right before. A run that was paused before it began stays paused.</summary>
    public const string Start = """
        -- runs.start
        UPDATE workflow_runs
        SET status = iif(status = 'paused', 'paused', 'running'),
            started_at = coalesce(
                @started_at, (SELECT created_at FROM workflow_log WHERE run_key = @run_key ORDER BY first DESC LIMIT 1))
        WHERE run_key = @run_key
        """;

    public const string Pause = """
        -- runs.pause
        UPDATE workflow_runs
        SET status = 'paused'
        WHERE run_key = @run_key
        """;

    public const string Resume = """
        -- runs.resume
        UPDATE workflow_runs
        SET status = iif(started_at IS NULL, 'pending', 'running')
        WHERE run_key = @run_key
        """;

    /// <summary>As <see cref="Start"/>, for a run that the same unit inserts.</summary>
    public const string StartById = """
        -- runs.start_by_id
        UPDATE workflow_runs
        SET status = 'running', started_at = @started_at
        WHERE run_id = @run_id
        """;

    /// <summary>The event that ends the run has been appended by the same unit, right before.</summary>
    public const string End = """
        -- runs.end
        UPDATE workflow_runs
        SET status = @status, blocked_reason = NULL,
            (ended_position, completed_at) = (
                SELECT last, created_at FROM workflow_log WHERE run_key = @run_key ORDER BY first DESC LIMIT 1)
        WHERE run_key = @run_key AND ended_position IS NULL
        """;

    /// <summary>Says why the run does not go on; null takes that back.</summary>
    public const string Block = """
        -- runs.block
        UPDATE workflow_runs
        SET blocked_reason = @blocked_reason
        WHERE run_key = @run_key AND ended_position IS NULL
        """;

    /// <summary>Sets and removes attributes: a merge of JSON objects, in which null removes.</summary>
    public const string SetAttributes = """
        -- runs.set_attributes
        UPDATE workflow_runs
        SET attributes = json_patch(coalesce(attributes, '{}'), @changes)
        WHERE run_key = @run_key
        """;

    public const string GetFacts = """
        -- runs.get_facts
        SELECT run_key, status, spec_version, attributes
        FROM workflow_runs
        WHERE run_id = @run_id
        """;

    public const string Get = "-- runs.get\n" + Select + """

        WHERE r.run_id = @run_id
        """;

    /// <summary>The run as the statements before left it.</summary>
    public const string GetWritten = "-- runs.get_written\n" + Select + """

        WHERE r.run_key = @run_key
        """;

    /// <summary>All, or those of a time: what else a run may be found by has a statement of its own, and an index.</summary>
    public const string List = "-- runs.list\n" + Columns + Runs + Events + """

        WHERE r.run_key > @after
        """ + OfTime + Forwards;

    public const string ListBackwards = "-- runs.list_backwards\n" + Columns + Runs + Events + """

        WHERE r.run_key < @after
        """ + OfTime + Backwards;

    /// <summary>Those of some statuses, of one workflow or of all: the page is made from the next runs of each status and workflow.</summary>
    public const string ListByStatus = "-- runs.list_by_status\n" + Kinds + """
                  AND r.run_key > @after
        """ + OfTime + """

                ORDER BY r.run_key
                LIMIT @limit)
            ORDER BY f.run_key
            LIMIT @limit)

        """ + Columns + Found + Events + Forwards;

    public const string ListByStatusBackwards = "-- runs.list_by_status_backwards\n" + Kinds + """
                  AND r.run_key < @after
        """ + OfTime + """

                ORDER BY r.run_key DESC
                LIMIT @limit)
            ORDER BY f.run_key DESC
            LIMIT @limit)

        """ + Columns + Found + Events + Backwards;

    public const string ListByAttribute = "-- runs.list_by_attribute\n" + Columns + WithAttribute + Events + """

        WHERE a.name = @attribute AND a.value = @attribute_value AND a.run_key > @after
        """ + OfKind + OfTime + """

        ORDER BY a.run_key
        LIMIT @limit
        """;

    public const string ListByAttributeBackwards = "-- runs.list_by_attribute_backwards\n" + Columns + WithAttribute + Events + """

        WHERE a.name = @attribute AND a.value = @attribute_value AND a.run_key < @after
        """ + OfKind + OfTime + """

        ORDER BY a.run_key DESC
        LIMIT @limit
        """;

    /// <summary>The children of one run.</summary>
    public const string ListChildren = "-- runs.list_children\n" + Columns + Runs + Events + """

        WHERE r.parent_run_id = @parent_run_id AND r.run_key > @after
        """ + OfKind + OfTime + HasAttribute + Forwards;

    public const string ListChildrenBackwards = "-- runs.list_children_backwards\n" + Columns + Runs + Events + """

        WHERE r.parent_run_id = @parent_run_id AND r.run_key < @after
        """ + OfKind + OfTime + HasAttribute + Backwards;

    public const string Count = """
        -- runs.count
        SELECT status, count(*) AS runs
        FROM workflow_runs
        GROUP BY status
        ORDER BY status
        """;

    /// <summary>What the owner of a run's message needs to know about it.</summary>
    public const string GetByKey = """
        -- runs.get_by_key
        SELECT run_id, workflow_name, workflow_version, seed, blocked_reason, parent_run_id
        FROM workflow_runs
        WHERE run_key = @run_key
        """;

    /// <summary>A run that is not over.</summary>
    public const string FindOpen = """
        -- runs.find_open
        SELECT run_key
        FROM workflow_runs
        WHERE run_key = @run_key AND ended_position IS NULL
        """;

    /// <summary>Those of some runs that are over, or have been deleted since.</summary>
    public const string ListEnded = """
        -- runs.list_ended
        SELECT asked.value
        FROM json_each(@run_ids) AS asked
        LEFT JOIN workflow_runs AS r ON r.run_id = asked.value
        WHERE r.run_id IS NULL OR r.status IN ('completed', 'failed', 'cancelled')
        ORDER BY asked.key
        """;

    /// <summary>Runs that ended before an instant and have no retention of their own, oldest first.</summary>
    public const string ListExpired = """
        -- runs.list_expired
        SELECT run_key
        FROM workflow_runs
        WHERE completed_at <= @ended_before AND retention_ms IS NULL
          AND NOT EXISTS (SELECT 1 FROM cascades AS c WHERE c.run_key = workflow_runs.run_key)
        ORDER BY completed_at, run_key
        LIMIT @limit
        """;

    /// <summary>Runs whose own retention is over, oldest first.</summary>
    public const string ListOwnExpired = """
        -- runs.list_own_expired
        SELECT run_key
        FROM workflow_runs
        WHERE completed_at IS NOT NULL AND retention_ms >= 0 AND completed_at + retention_ms <= @now
          AND NOT EXISTS (SELECT 1 FROM cascades AS c WHERE c.run_key = workflow_runs.run_key)
        ORDER BY completed_at + retention_ms, run_key
        LIMIT @limit
        """;

    /// <summary>The last statement of a unit that deletes runs.</summary>
    public const string DeleteRuns = """
        -- runs.delete_runs
        DELETE FROM workflow_runs
        WHERE run_key IN (SELECT value FROM json_each(@run_keys))
        RETURNING run_key
        """;

    private const string Columns = """
        SELECT r.run_key, r.run_id, r.workflow_name, r.workflow_version, r.status, r.spec_version, r.attributes,
               r.blocked_reason, r.created_at, r.started_at, r.completed_at, r.ended_position, r.parent_run_id,
               begun.created_at AS first_at, CAST(begun.events AS BLOB) AS first_events, CASE WHEN @with_data THEN begun.payloads END AS first_payloads,
               ended.first AS last_first, CAST(ended.events AS BLOB) AS last_events,
               CASE WHEN @with_data OR r.status = 'failed' THEN ended.payloads END AS last_payloads

        """;

    private const string Runs = "FROM workflow_runs AS r";

    private const string Found = """
        FROM found AS f
        CROSS JOIN workflow_runs AS r ON r.run_key = f.run_key
        """;

    private const string WithAttribute = """
        FROM workflow_attributes AS a
        CROSS JOIN workflow_runs AS r ON r.run_key = a.run_key
        """;

    private const string Events = """

        CROSS JOIN workflow_log AS begun ON begun.run_key = r.run_key AND begun.first = 1
        LEFT JOIN workflow_log AS ended ON ended.run_key = r.run_key AND ended.first = (
            SELECT max(first) FROM workflow_log WHERE run_key = r.run_key AND first <= r.ended_position)
        """;

    private const string Select = Columns + Runs + Events;

    /// <summary>Each of the statuses with each name of a workflow that has such runs, or with the one that is asked for; up to where a page begins.</summary>
    private const string Kinds = """
        WITH RECURSIVE
            kinds (status, name) AS (
                SELECT value, coalesce(@workflow_name, (SELECT min(r.workflow_name) FROM workflow_runs AS r WHERE r.status = value))
                FROM json_each(@statuses)
                UNION ALL
                SELECT k.status, (
                    SELECT min(r.workflow_name) FROM workflow_runs AS r WHERE r.status = k.status AND r.workflow_name > k.name)
                FROM kinds AS k
                WHERE @workflow_name IS NULL AND k.name IS NOT NULL),
            found AS (
                SELECT f.run_key
                FROM kinds AS k
                CROSS JOIN workflow_runs AS f ON f.run_key IN (
                    SELECT r.run_key
                    FROM workflow_runs AS r
                    WHERE r.status = k.status AND r.workflow_name = k.name

        """;

    private const string OfKind = """

          AND (@statuses IS NULL OR r.status IN (SELECT value FROM json_each(@statuses)))
          AND (@workflow_name IS NULL OR r.workflow_name = @workflow_name)
        """;

    private const string OfTime = """

          AND (@created_from IS NULL OR r.created_at >= @created_from)
          AND (@created_before IS NULL OR r.created_at < @created_before)
        """;

    private const string HasAttribute = """

          AND (@attribute IS NULL OR EXISTS (
                SELECT 1 FROM json_each(r.attributes) AS a WHERE a.key = @attribute AND a.value = @attribute_value))
        """;

    private const string Forwards = """

        ORDER BY r.run_key
        LIMIT @limit
        """;

    private const string Backwards = """

        ORDER BY r.run_key DESC
        LIMIT @limit
        """;
}
