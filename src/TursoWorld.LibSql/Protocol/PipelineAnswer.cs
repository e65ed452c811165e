namespace TursoWorld.LibSql.Protocol;

/// <summary>What the server answers to a pipeline.</summary>
internal sealed class PipelineAnswer
{
    /// <summary>For the next request of the stream; null when the stream has ended. A secret.</summary>
    public string? Baton { get; set; }

    /// <summary>Where the stream goes on; null: where it is.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>What became of each step, in order; empty when the batch as a whole was refused.</summary>
    public LibSqlStepResult[] Steps { get; set; } = [];

    /// <summary>Why the batch as a whole failed. What ran before the failure stays done.</summary>
    public ServerError? Error { get; set; }

    public ulong? ReplicationIndex { get; set; }
}
