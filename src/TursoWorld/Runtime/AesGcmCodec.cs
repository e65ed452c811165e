using System.Security.Cryptography;
using System.Text;

namespace TursoWorld;

/// <summary>
/// Encrypts payloads with AES-256-GCM, with a random nonce of 96 bits for each. What was changed afterwards is refused.
/// <para>
/// Rotation: add a key, make it the current one in every process, and remove the old one when nothing that was encrypted with it
/// is kept any more. A key is good for about four thousand million payloads. Payloads from before the codec was used are read as
/// they are, so whoever can write the file can put in a payload that is not encrypted, or one from another place.
/// </para>
/// </summary>
public sealed class AesGcmCodec : IPayloadCodec
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int LongestKeyId = 64;

    private readonly Dictionary<string, byte[]> _keys;
    private readonly string _currentKeyId;

    /// <param name="currentKeyId">The key to encrypt with.</param>
    /// <param name="keys">
    /// Every key to decrypt with, the current one included, by id: 32 random bytes each. An id has 1 to 64 visible ASCII characters
    /// and is stored in the open. The keys are copied.
    /// </param>
    /// <exception cref="ArgumentException">There is no current key, or an id or a key cannot be.</exception>
    public AesGcmCodec(string currentKeyId, IReadOnlyDictionary<string, byte[]> keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(currentKeyId);
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var (keyId, key) in keys)
        {
            if (keyId.Length is 0 or > LongestKeyId || keyId.Any(character => character is <= ' ' or > '~'))
            {
                throw new ArgumentException(
                    $"'{keyId}' is no id of a key: it has 1 to {LongestKeyId} visible ASCII characters.", nameof(keys));
            }

            if (key is not { Length: KeyBytes })
            {
                throw new ArgumentException($"Key '{keyId}' must have {KeyBytes} bytes. Take them from a cryptographic source.", nameof(keys));
            }
        }

        if (!keys.ContainsKey(currentKeyId))
        {
            throw new ArgumentException($"The current key '{currentKeyId}' is not among the keys. Add it.", nameof(currentKeyId));
        }

        _currentKeyId = currentKeyId;
        _keys = keys.ToDictionary(entry => entry.Key, entry => (byte[])entry.Value.Clone(), StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public string Id => "aes-gcm";

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload)
    {
        // The length of the key's id, the id, the nonce; then what is encrypted, and the tag that vouches for all of it.
        var nonceAt = 1 + _currentKeyId.Length;
        var headerBytes = nonceAt + NonceBytes;
        var encoded = new byte[headerBytes + payload.Length + TagBytes];
        encoded[0] = (byte)_currentKeyId.Length;
        Encoding.ASCII.GetBytes(_currentKeyId, encoded.AsSpan(1));
        var header = encoded.AsSpan(0, headerBytes);
        var nonce = header[nonceAt..];
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_keys[_currentKeyId], TagBytes);
        aes.Encrypt(nonce, payload.Span, encoded.AsSpan(headerBytes, payload.Length), encoded.AsSpan(headerBytes + payload.Length), header);
        return encoded;
    }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded)
    {
        var span = encoded.Span;
        var nonceAt = span.Length > 0 ? 1 + span[0] : 1;
        var headerBytes = nonceAt + NonceBytes;
        if (span.Length < headerBytes + TagBytes)
        {
            throw PayloadCodecException.Damaged(Id, "it is cut off");
        }

        var keyId = Encoding.ASCII.GetString(span[1..nonceAt]);
        if (!_keys.TryGetValue(keyId, out var key))
        {
            throw PayloadCodecException.UnknownKey(Id, keyId);
        }

        var payload = new byte[span.Length - headerBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(
                span[nonceAt..headerBytes], span[headerBytes..^TagBytes], span[^TagBytes..], payload, span[..headerBytes]);
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw PayloadCodecException.Damaged(Id, $"it is not what was encrypted with key '{keyId}'", exception);
        }

        return payload;
    }
}
