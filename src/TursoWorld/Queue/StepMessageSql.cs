namespace TursoWorld.Queue;

/// <summary>
/// Statements on <c>queue_messages</c> that concern queued steps. The message of a step is there from the step's creation to its end;
/// it has a run and a step, and version 1.
/// </summary>
internal static class StepMessageSql
{
    /// <summary>The message of a step that the same unit inserts.</summary>
    public const string EnqueueStep = $"""
        -- queue.enqueue_step
        INSERT INTO queue_messages (message_id, queue_name, workflow_version, run_key, step_id, due_at, created_at)
        SELECT 'msg_' || substr(run_id, 6) || '_' || @step_id, @queue_name, 1, run_key, @step_id, {QueueSql.Ready}, @now
        FROM workflow_runs
        WHERE run_key = @run_key
        """;

    /// <summary>Takes one message, which the guard of the unit has found to be due and free.</summary>
    public const string ClaimStep = $"""
        -- queue.claim_step
        UPDATE queue_messages
        SET lease_ends_at = @lease_ends_at, lease_owner = @lease_owner, lease_token = @lease_token, attempt = attempt + 1,
            due_at = {QueueSql.Taken}, failures = 0
        WHERE message_key = @message_key
        """;

    /// <summary>After a lost answer: whether the claim with a token was written.</summary>
    public const string FindClaim = """
        -- queue.find_claim
        SELECT message_key
        FROM queue_messages
        WHERE message_key = @message_key AND lease_token = @lease_token AND lease_ends_at > 0
        """;

    /// <summary>Its attempt has ended, and another one follows, at once or later.</summary>
    public const string RetryStep = $"""
        -- queue.retry_step
        UPDATE queue_messages
        SET due_at = coalesce(@due_at, {QueueSql.Ready}), lease_ends_at = 0
        WHERE message_key = @message_key
        """;

    /// <summary>Nobody has it, and nobody is to begin it before its run is resumed.</summary>
    public const string HoldStep = """
        -- queue.hold_step
        UPDATE queue_messages
        SET due_at = NULL
        WHERE message_key = @message_key AND lease_ends_at = 0
          AND (SELECT status FROM workflow_runs AS r WHERE r.run_key = queue_messages.run_key) = 'paused'
        """;

    /// <summary>The run goes on, and with it those of its steps that were held.</summary>
    public const string ResumeSteps = $"""
        -- queue.resume_steps
        UPDATE queue_messages
        SET due_at = {QueueSql.Ready}
        WHERE run_key = @run_key AND step_id IS NOT NULL AND due_at IS NULL
        """;

    /// <summary>Nobody has it, and it could not be begun here.</summary>
    public const string PostponeStep = """
        -- queue.postpone_step
        UPDATE queue_messages
        SET due_at = @due_at, failures = failures + 1
        WHERE message_key = @message_key AND lease_ends_at = 0 AND due_at <= @now
        """;

    /// <summary>The code of the workflow has given the step up.</summary>
    public const string DeleteStep = """
        -- queue.delete_step
        DELETE FROM queue_messages
        WHERE run_key = @run_key AND step_id = @step_id
        """;

    /// <summary>A message of a step whose run is over.</summary>
    public const string DeleteOver = """
        -- queue.delete_over
        DELETE FROM queue_messages
        WHERE message_key = @message_key
          AND NOT EXISTS (
            SELECT 1 FROM workflow_runs AS r WHERE r.run_key = queue_messages.run_key AND r.ended_position IS NULL)
        """;

    /// <summary>The run is over.</summary>
    public const string DeleteSteps = """
        -- queue.delete_steps
        DELETE FROM queue_messages
        WHERE run_key = @run_key AND step_id IS NOT NULL
        """;
}
