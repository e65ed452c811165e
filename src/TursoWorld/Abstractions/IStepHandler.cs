namespace TursoWorld.Abstractions;

/// <summary>Executes queued steps.</summary>
internal interface IStepHandler : ILeaseHolder
{
    /// <summary>What is registered here, and so may be claimed.</summary>
    IReadOnlyList<StepKey> Steps { get; }

    /// <summary>Claims a step and begins its attempt, in a slot that the caller has taken.</summary>
    /// <returns>False when nothing was begun here: the slot is still the caller's.</returns>
    /// <exception cref="StorageException">The database refused; nothing was begun.</exception>
    Task<bool> TryBeginAsync(DueStep step, CancellationToken cancellationToken);

    /// <summary>Cuts an attempt short whose message somebody has taken away.</summary>
    void Withdraw(WithdrawnStep withdrawn);
}
