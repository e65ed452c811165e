namespace TursoWorld.Abstractions;

/// <summary>What a run must find registered to be executed: it keeps the version it started with.</summary>
internal readonly record struct WorkflowKey(string Name, int Version)
{
    private const string QueuePrefix = "__wkf_workflow_";

    public string QueueName => QueuePrefix + Name;

    /// <returns>Null for a queue that has no messages of runs.</returns>
    public static WorkflowKey? Of(string queueName, int version) =>
        version > 0 && queueName.StartsWith(QueuePrefix, StringComparison.Ordinal) ? new(queueName[QueuePrefix.Length..], version) : null;
}
