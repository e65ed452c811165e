namespace TursoWorld;

/// <summary>A stream cannot have that name, or a chunk that size. Nothing was stored.</summary>
public sealed class InvalidStreamException : WorldException
{
    internal InvalidStreamException(string message)
        : base(ErrorCodes.InvalidStream, 400, message)
    {
    }
}
