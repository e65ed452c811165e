namespace TursoWorld;

/// <summary>What <c>World.MaintainAsync</c> deleted.</summary>
public sealed record MaintenanceReport
{
    /// <summary>Finished runs whose retention was over.</summary>
    public required int RunsPurged { get; init; }

    /// <summary>Streams whose run is not stored, and that nobody had written to for as long as runs are kept.</summary>
    public required int StreamsPurged { get; init; }

    /// <summary>Dead messages whose retention was over.</summary>
    public required int DeadMessagesPurged { get; init; }

    /// <summary>Idempotency keys that held no longer.</summary>
    public required int IdempotencyKeysPurged { get; init; }
}
