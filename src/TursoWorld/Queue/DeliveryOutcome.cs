namespace TursoWorld.Queue;

/// <summary>How a delivery of a plain message ended.</summary>
internal abstract record DeliveryOutcome
{
    private DeliveryOutcome()
    {
    }

    public sealed record Done : DeliveryOutcome;

    public sealed record Again(TimeSpan Delay) : DeliveryOutcome;

    public sealed record Failed(Exception Exception) : DeliveryOutcome;

    /// <summary>Nobody has seen it: whoever was to get it could not be reached. Does not count.</summary>
    public sealed record Undelivered(Exception Exception, TimeSpan Delay) : DeliveryOutcome;

    /// <summary>This process stops, or has no handler any more. Does not count.</summary>
    public sealed record GivenBack : DeliveryOutcome;
}
