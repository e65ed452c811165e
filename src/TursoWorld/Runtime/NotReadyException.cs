namespace TursoWorld.Runtime;

/// <summary>
/// Code cannot begin in this process, through no fault of its own: what is recorded cannot be read here, or no instance of its class can
/// be made. Another process, or a later program, may be able to; so it is no failed attempt, and no error that the code hears of.
/// </summary>
internal sealed class NotReadyException : Exception
{
    private NotReadyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public static NotReadyException Class(Type type, Exception exception) => new(
        $"No instance of {type} can be made: {exception.Message.TrimEnd('.', ' ')}. Add what is missing to the service collection, and dispose of the "
        + "world before its service provider. It is tried again by itself.",
        exception);

    public static NotReadyException Payload(SerializationException exception) => new(
        $"{exception.Message.TrimEnd('.', ' ')}. Deploy code that reads what is recorded. It is tried again by itself.", exception);
}
