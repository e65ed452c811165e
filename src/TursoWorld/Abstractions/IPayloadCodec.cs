namespace TursoWorld;

/// <summary>
/// Changes the bytes of payloads on their way into the database, and back: compression, encryption. It is called by many threads
/// at once. What it has written it must be able to read for as long as runs are kept.
/// </summary>
public interface IPayloadCodec
{
    /// <summary>Stored with every payload: 1 to 32 ASCII letters, digits, or <c>. _ -</c>. It must never change.</summary>
    string Id { get; }

    /// <summary>Encodes a payload; the same one may be encoded again, and come out otherwise.</summary>
    /// <param name="payload">What an earlier codec returned, or the payload itself; may be empty.</param>
    /// <returns>
    /// The bytes to be stored; or <paramref name="payload"/> itself, which leaves it as it is, and then it is not given to
    /// <see cref="Decode"/>.
    /// </returns>
    /// <remarks>Whatever it throws becomes the cause of a <see cref="PayloadCodecException"/>; nothing is stored.</remarks>
    ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload);

    /// <summary>Decodes what <see cref="Encode"/> has returned, in whatever process.</summary>
    /// <remarks>Whatever it throws becomes the cause of a <see cref="PayloadCodecException"/>.</remarks>
    ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded);
}
