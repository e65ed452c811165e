namespace TursoWorld.Abstractions;

/// <summary>Turns what is stored back into values.</summary>
internal interface IPayloadReader
{
    /// <param name="payload">The bytes; absent ones are the default of the type.</param>
    /// <param name="what">What it is, as the subject of an error message.</param>
    /// <exception cref="SerializationException">The bytes do not describe a value of that type.</exception>
    T Deserialize<T>(ReadOnlyMemory<byte>? payload, string what);
}
