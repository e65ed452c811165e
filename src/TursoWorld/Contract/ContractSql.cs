namespace TursoWorld.Contract;

/// <summary>What must still be as it was when an event from outside was allowed.</summary>
internal static class ContractSql
{
    /// <summary>The log has nothing that whoever allowed the event has not seen.</summary>
    public const string GuardLog = """
        -- contract.guard_log
        INSERT INTO guard (kind, holds)
        VALUES (
            'run_changed',
            EXISTS (SELECT 1 FROM workflow_runs WHERE run_key = @run_key)
                AND @position = (SELECT last FROM workflow_log WHERE run_key = @run_key ORDER BY first DESC LIMIT 1))
        """;

    /// <summary>
    /// For a run of this library, whose log grows all the time: what the event depends on. A hook that is none, or none any more, is no change of the run.
    /// </summary>
    public const string GuardRun = """
        -- contract.guard_run
        INSERT INTO guard (kind, holds)
        VALUES (
            CASE
                WHEN NOT EXISTS (
                    SELECT 1
                    FROM workflow_runs
                    WHERE run_key = @run_key AND status = @status AND attributes IS @attributes) THEN 'run_changed'
                WHEN @hook_id IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM workflow_hooks WHERE run_key = @run_key AND hook_id = @hook_id) THEN 'hook_missing'
            END,
            FALSE)
        """;
}
