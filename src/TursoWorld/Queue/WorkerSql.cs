namespace TursoWorld.Queue;

/// <summary>Every statement on <c>workers</c>.</summary>
internal static class WorkerSql
{
    public const string Insert = """
        -- workers.insert
        INSERT INTO workers (worker_id, process_id, started_at)
        VALUES (@worker_id, @process_id, @started_at)
        """;

    public const string Delete = """
        -- workers.delete
        DELETE FROM workers
        WHERE worker_id = @worker_id
        """;

    public const string ListOthers = """
        -- workers.list_others
        SELECT worker_id
        FROM workers
        WHERE worker_id <> @worker_id
        ORDER BY worker_id
        """;
}
