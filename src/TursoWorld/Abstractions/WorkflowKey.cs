namespace TursoWorld.Abstractions;

/// <summary>What a run must find registered to be executed: it keeps the version it started with.</summary>
internal readonly record struct WorkflowKey(string Name, int Version)
{
    private const string QueuePrefix = "__wkf_workflow_";

    public string QueueName => QueuePrefix + Name;
}
