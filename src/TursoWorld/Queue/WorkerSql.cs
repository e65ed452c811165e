namespace TursoWorld.Queue;

/// <summary>Every statement on <c>workers</c>.</summary>
internal static class WorkerSql
{
    public const string Insert = """
        -- workers.insert
        INSERT INTO workers (worker_id, process_id, started_at)
        VALUES (@worker_id, @process_id, @started_at)
        ON CONFLICT (worker_id) DO NOTHING
        """;

    public const string Delete = """
        -- workers.delete
        DELETE FROM workers
        WHERE worker_id = @worker_id
        """;

    /// <summary>Removes a worker that holds nothing.</summary>
    public const string DeleteIdle = """
        -- workers.delete_idle
        DELETE FROM workers
        WHERE worker_id = @worker_id
          AND NOT EXISTS (SELECT 1 FROM queue_messages WHERE lease_owner = @worker_id AND lease_ends_at > 0)
        """;

    public const string List = """
        -- workers.list
        SELECT worker_id
        FROM workers
        ORDER BY worker_id
        """;

    /// <summary>In a copy of the database, where nobody is at work.</summary>
    public const string DeleteAll = """
        -- workers.delete_all
        DELETE FROM workers
        """;
}
