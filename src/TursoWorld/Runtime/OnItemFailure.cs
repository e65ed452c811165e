namespace TursoWorld;

/// <summary>What becomes of other items when one of them fails.</summary>
public enum OnItemFailure
{
    /// <summary>What has begun is cancelled and waited for, nothing else begins, and the failure is thrown.</summary>
    CancelOthers,

    /// <summary>All others are worked on; then an <see cref="ItemsFailedException"/> has every failure.</summary>
    Collect,
}
