namespace TursoWorld.Abstractions;

/// <summary>Takes up claimed messages. Whoever claims reserves first: a message is never claimed without room for it.</summary>
internal interface IMessageHandler : ILeaseHolder
{
    /// <summary>What is registered here, and so may be claimed.</summary>
    IReadOnlyList<WorkflowKey> Workflows { get; }

    /// <summary>Takes as much room as there is.</summary>
    /// <returns>Between 0 and <paramref name="most"/>.</returns>
    int Reserve(int most);

    /// <summary>Gives back room that was not used.</summary>
    void Unreserve(int count);

    /// <summary>Begins to work on a message, in room reserved before.</summary>
    void Take(WorkflowKey workflow, ClaimedMessage message);

    /// <summary>Says that the log of a run has grown, or may have.</summary>
    void Look(long runKey);
}

/// <summary>Has messages whose leases must be renewed.</summary>
internal interface ILeaseHolder
{
    /// <summary>Messages that are being worked on here.</summary>
    IReadOnlyList<HeldMessage> Held { get; }

    /// <summary>Says that another worker has the message: what is under way here is cancelled and writes nothing more.</summary>
    void Lose(ClaimedMessage message);
}

/// <summary>A message that is being worked on, and the wake-ups its work has taken note of.</summary>
internal readonly record struct HeldMessage(ClaimedMessage Message, long SeenWakes);
