namespace TursoWorld;

/// <summary>
/// Turns inputs, results, hook payloads, values of the state and progress of steps into bytes and back. It is called by many threads
/// at once. What it has written it must be able to read for as long as runs are kept: logs outlive programs.
/// </summary>
public interface IPayloadSerializer
{
    /// <summary>Writes a value. Values that differ must come back different: null is a value of its own.</summary>
    /// <param name="value">The value; may be null.</param>
    /// <param name="type">The type that the code names, and that it will be read as; the value may be of a derived one.</param>
    /// <returns>The bytes, which must not change afterwards. They may be empty.</returns>
    /// <remarks>Whatever it throws becomes the inner exception of a <see cref="SerializationException"/>.</remarks>
    ReadOnlyMemory<byte> Serialize(object? value, Type type);

    /// <summary>Reads a value. A payload that is absent (a step without a result) never gets here.</summary>
    /// <param name="payload">What <see cref="Serialize"/> returned, by whatever process.</param>
    /// <param name="type">The type that the code names.</param>
    /// <returns>A value of that type; null only where the type allows it.</returns>
    /// <remarks>Whatever it throws becomes the inner exception of a <see cref="SerializationException"/>.</remarks>
    object? Deserialize(ReadOnlyMemory<byte> payload, Type type);
}
