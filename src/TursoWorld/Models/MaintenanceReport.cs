namespace TursoWorld;

/// <summary>What <c>World.MaintainAsync</c> did.</summary>
public sealed record MaintenanceReport
{
    /// <summary>Finished runs that this call deleted because their retention was over.</summary>
    public required int RunsPurged { get; init; }
}
