namespace TursoWorld.Tests.Support;

/// <summary>Rows for long lists, written as SQL: 20,000 of everything that can be listed take a second.</summary>
internal static class LongLists
{
    public const int Rows = 20_000;

    /// <summary>A run with that many steps, sleeps, hooks, keys, children, and chunks in the stream <see cref="StreamName"/>.</summary>
    public const string RunId = "wrun_00000000000000000000000001";

    public const string StreamName = "out";

    /// <summary>What as many events are about.</summary>
    public const string CorrelationId = "an-id-of-more-than-twenty-characters";

    /// <summary>A queue with as many dead messages.</summary>
    public const string QueueName = "letters";

    public static readonly IReadOnlyList<RunStatus> Statuses = Enum.GetValues<RunStatus>();

    public static string NameOf(int run) => $"workflow-{run % 4}";

    public static RunStatus StatusOf(int run) => Statuses[run / 4 % Statuses.Count];

    public static bool IsOfAda(int run) => run % 2 == 0;

    /// <summary>The key of a run, which is the instant of its creation as well.</summary>
    public static int KeyOf(WorkflowRun run) => (int)run.CreatedAt.ToUnixTimeMilliseconds();

    /// <summary>Statements for an empty database. The i-th row of each list has i for its key.</summary>
    public static IReadOnlyList<string> Fill(int rows)
    {
        var numbers = $"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})";
        var statuses = string.Join(' ', Statuses.Select((status, i) => $"WHEN {i} THEN '{status.ToString().ToLowerInvariant()}'"));
        return
        [
            $"""
            {numbers}
            INSERT INTO workflow_log (run_key, first, last, created_at, correlation_id, events)
            SELECT 2, i + 1, i + 1, i, '{CorrelationId}', '[["hook_received","{CorrelationId}"]]' FROM n
            """,
            $"""
            {numbers}
            INSERT INTO workflow_runs (run_key, run_id, workflow_name, workflow_version, status, seed, attributes, created_at, parent_run_id)
            SELECT i, printf('wrun_%026d', i), 'workflow-' || (i % 4), 1, CASE i / 4 % {Statuses.Count} {statuses} END, x'00',
                   CASE WHEN i % 2 = 0 THEN json_object('customer', 'ada') END, i, CASE WHEN i > 1 THEN '{RunId}' END
            FROM n
            """,
            $"{numbers} INSERT INTO workflow_attributes (name, value, run_key) SELECT 'customer', 'ada', i FROM n WHERE i % 2 = 0",
            $$"""
            {{numbers}} INSERT INTO workflow_log (run_key, first, last, created_at, events) SELECT i, 1, 1, i, '[["run_created"]]' FROM n
            """,
            $$"""
            {{numbers}}
            INSERT INTO workflow_log (run_key, first, last, created_at, events)
            SELECT 1, 2 * i, 2 * i + 1, i,
                   '[["step_created","step_' || i || '",{"stepName":"one"}],["step_completed","step_' || i || '"]]'
            FROM n
            """,
            $$"""
            {{numbers}}
            INSERT INTO workflow_log (run_key, first, last, created_at, events)
            SELECT 1, {{(2 * rows) + 1}} + i, {{(2 * rows) + 1}} + i, {{rows}}, '[["wait_created","wait_' || i || '",{"resumeAt":1}]]' FROM n
            """,
            $$"""
            {{numbers}}
            INSERT INTO workflow_log (run_key, first, last, created_at, events)
            SELECT 1, {{(3 * rows) + 1}} + i, {{(3 * rows) + 1}} + i, {{rows}}, '[["state_set","key-' || i || '",null,1]]' FROM n
            """,
            $"{numbers} INSERT INTO workflow_hooks (run_key, hook_id, token, once, created_position) SELECT 1, 'hook_' || i, 'token-' || i, 1, 1 FROM n",
            $"INSERT INTO streams (run_id, stream_name, created_at) VALUES ('{RunId}', '{StreamName}', 1)",
            $"{numbers} INSERT INTO stream_chunks (stream_key, chunk_index, data) SELECT 1, i - 1, x'00' FROM n",
            $"""
            {numbers}
            INSERT INTO queue_messages (message_id, queue_name, workflow_version, created_at, payload, dead_at)
            SELECT 'msg_' || i, '{QueueName}', 0, i, x'00', i FROM n
            """,
        ];
    }
}
