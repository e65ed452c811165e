namespace TursoWorld;

/// <summary>A payload could not be encoded for the database, or what is stored not be decoded.</summary>
public sealed class PayloadCodecException : WorldException
{
    private PayloadCodecException(string code, string codecId, string message, Exception? innerException = null)
        : base(code, 500, message, innerException) => CodecId = codecId;

    /// <summary>The codec; empty when the damage is in front of its name.</summary>
    public string CodecId { get; }

    /// <summary>The key that is missing; null when that is not the reason.</summary>
    public string? KeyId { get; private init; }

    internal static PayloadCodecException UnknownCodec(string codecId) => new(
        ErrorCodes.CodecUnknown,
        codecId,
        $"A payload was stored with the codec '{codecId}', which this world does not have. Add it to WorldOptions.Codecs; lists can "
        + "be read without payloads (ResolveData.None).");

    internal static PayloadCodecException UnknownKey(string codecId, string keyId) => new(
        ErrorCodes.KeyUnknown,
        codecId,
        $"A payload was encrypted with the key '{keyId}', which the codec '{codecId}' of this world does not have. Add the key: it is "
        + "needed for as long as something encrypted with it is kept.")
    { KeyId = keyId };

    internal static PayloadCodecException Damaged(string codecId, string what, Exception? innerException = null) => new(
        ErrorCodes.PayloadDamaged,
        codecId,
        $"A stored payload is damaged, or somebody has changed it: {what}. Restore a backup; nothing of it was used.",
        innerException);

    internal static PayloadCodecException Failed(string codecId, bool isEncoding, Exception exception) => new(
        ErrorCodes.CodecFailed,
        codecId,
        $"The codec '{codecId}' could not {(isEncoding ? "encode a payload; nothing was stored" : "decode a stored payload")}: {exception.Message}",
        exception);
}
