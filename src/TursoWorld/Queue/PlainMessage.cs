using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>A plain message in the hands of this process.</summary>
/// <param name="Claim">The right to it.</param>
/// <param name="Message">What its handler gets.</param>
/// <param name="MaxFailures">Failures at which it is dead; null for never.</param>
internal sealed record PlainMessage(ClaimedMessage Claim, QueueMessage Message, long? MaxFailures);
