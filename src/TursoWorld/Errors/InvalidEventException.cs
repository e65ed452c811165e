namespace TursoWorld;

/// <summary>An event that cannot be recorded as it is; nothing was.</summary>
public sealed class InvalidEventException : WorldException
{
    private InvalidEventException(string code, string message)
        : base(code, 400, message)
    {
    }

    internal static InvalidEventException Because(string message) => new(ErrorCodes.InvalidEvent, message);

    internal static InvalidEventException Attributes(string message) => new(ErrorCodes.InvalidAttributes, message);

    internal static InvalidEventException StateKey(string message) => new(ErrorCodes.InvalidStateKey, message);

    internal static InvalidEventException EventId(string eventId) => Because(
        $"'{eventId}' is no id of an event: it must be 'evnt_' and 26 digits, as in EventId.");
}
