using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>A plain message in the hands of this process.</summary>
/// <param name="Claim">The right to it.</param>
/// <param name="Message">What its handler gets.</param>
/// <param name="MaxFailures">Failures at which it is dead; null for never.</param>
/// <param name="Unreadable">Why its payload and headers are not there; the delivery has failed. Null when they are.</param>
internal sealed record PlainMessage(
    ClaimedMessage Claim, QueueMessage Message, long? MaxFailures, PayloadCodecException? Unreadable = null);
