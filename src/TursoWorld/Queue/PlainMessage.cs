using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>A plain message in the hands of this process.</summary>
internal sealed record PlainMessage(ClaimedMessage Claim, QueueMessage Message);
