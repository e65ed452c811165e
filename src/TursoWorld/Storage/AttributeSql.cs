namespace TursoWorld.Storage;

/// <summary>Every statement on <c>workflow_attributes</c>, which follows the attributes of <c>workflow_runs</c>.</summary>
internal static class AttributeSql
{
    /// <summary>Those of a run that the same unit has inserted, right before.</summary>
    public const string Insert = """
        -- attributes.insert
        INSERT INTO workflow_attributes (name, value, run_key)
        SELECT a.key, a.value, r.run_key
        FROM workflow_runs AS r
        CROSS JOIN json_each(r.attributes) AS a
        WHERE r.run_id = @run_id
        """;

    /// <summary>Those that a change is about. In front of <see cref="RunSql.SetAttributes"/>, because their values are found in the run.</summary>
    public const string Remove = """
        -- attributes.remove
        DELETE FROM workflow_attributes
        WHERE (name, value, run_key) IN (
            SELECT a.key, a.value, r.run_key
            FROM workflow_runs AS r
            CROSS JOIN json_each(r.attributes) AS a
            WHERE r.run_key = @run_key AND a.key IN (SELECT key FROM json_each(@changes)))
        """;

    /// <summary>What a change sets.</summary>
    public const string Set = """
        -- attributes.set
        INSERT INTO workflow_attributes (name, value, run_key)
        SELECT key, value, @run_key
        FROM json_each(@changes)
        WHERE value IS NOT NULL
        """;

    /// <summary>Everything of runs that are deleted, and are still there. Of one whose attributes are damaged nothing is found.</summary>
    public const string DeleteRuns = """
        -- attributes.delete_runs
        DELETE FROM workflow_attributes
        WHERE (name, value, run_key) IN (
            SELECT a.key, a.value, r.run_key
            FROM json_each(@run_keys) AS wanted
            CROSS JOIN workflow_runs AS r ON r.run_key = wanted.value
            CROSS JOIN json_each(CASE WHEN json_valid(r.attributes) THEN r.attributes END) AS a)
        """;
}
