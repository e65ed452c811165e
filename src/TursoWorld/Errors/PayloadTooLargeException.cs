using System.Globalization;

namespace TursoWorld;

/// <summary>A value has more bytes than <see cref="WorldOptions.MaxPayloadBytes"/> allows. Nothing was written.</summary>
public sealed class PayloadTooLargeException : WorldException
{
    internal PayloadTooLargeException(string what, long size, long limit)
        : base(ErrorCodes.PayloadTooLarge, 413, string.Create(
            CultureInfo.InvariantCulture,
            $"{what} has {size:N0} bytes, and at most {limit:N0} are taken (WorldOptions.MaxPayloadBytes). Store it elsewhere and pass a reference, or raise the limit."))
    {
        Size = size;
        Limit = limit;
    }

    /// <summary>Bytes of the value as the serializer wrote it, before codecs.</summary>
    public long Size { get; }

    /// <summary>The limit, in bytes.</summary>
    public long Limit { get; }
}
