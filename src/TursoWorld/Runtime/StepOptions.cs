namespace TursoWorld;

/// <summary>How a step is executed.</summary>
public sealed record StepOptions
{
    internal static readonly StepOptions Default = new();

    /// <summary>How often it is tried. Default <see cref="RetryPolicy.Default"/>.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;
}
