using System.Text.Json;

namespace TursoWorld.Runtime;

/// <summary>What the call of a step that has a definition leaves in the log besides its name.</summary>
/// <param name="Input">Serialized input.</param>
/// <param name="IsQueued">Whether a message is written, for whoever has registered the step.</param>
/// <param name="StoredOptions">With a queued step: the options that the call gave; null when it gave none.</param>
internal sealed record StepCall(ReadOnlyMemory<byte> Input, bool IsQueued, JsonElement? StoredOptions);
