namespace TursoWorld;

/// <summary>A value could not be turned into bytes, or bytes not into the value asked for.</summary>
public sealed class SerializationException : WorldException
{
    internal SerializationException(string message, Exception innerException)
        : base(ErrorCodes.Serialization, 400, message, innerException)
    {
    }
}
