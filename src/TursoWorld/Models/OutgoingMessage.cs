namespace TursoWorld;

/// <summary>A message to be sent.</summary>
/// <param name="QueueName">Where to: 1 to 512 characters, no control characters, no white space at the ends.</param>
/// <param name="Payload">Any bytes.</param>
/// <param name="Options">How; null for the defaults.</param>
public sealed record OutgoingMessage(string QueueName, ReadOnlyMemory<byte> Payload, QueueOptions? Options = null);
