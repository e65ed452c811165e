using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>A plain message in the hands of this process.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Message">What its handler gets.</param>
/// <param name="Unreadable">Why its payload and headers are not there; the delivery has failed. Null when they are.</param>
internal sealed record PlainMessage(ClaimedMessage Claim, QueueMessage Message, PayloadCodecException? Unreadable = null);
