namespace TursoWorld.Abstractions;

/// <summary>What must be registered for a queued step to be executed.</summary>
internal readonly record struct StepKey(string Name)
{
    private const string QueuePrefix = "__wkf_step_";

    public string QueueName => QueuePrefix + Name;

    /// <returns>Null for a queue that has no messages of steps.</returns>
    public static StepKey? Of(string queueName, int version) =>
        version > 0 && queueName.StartsWith(QueuePrefix, StringComparison.Ordinal) ? new(queueName[QueuePrefix.Length..]) : null;

    /// <param name="stepName">As in the log: it may have an ordinal, and names of definitions have no <c>#</c>.</param>
    public static StepKey Of(string stepName) =>
        new(stepName.IndexOf('#', StringComparison.Ordinal) is >= 0 and var end ? stepName[..end] : stepName);
}
