namespace TursoWorld;

/// <summary>A page cursor that this list did not issue.</summary>
public sealed class InvalidCursorException : WorldException
{
    internal InvalidCursorException(string cursor)
        : base(ErrorCodes.InvalidCursor, 400,
            $"'{cursor}' is no cursor of this list. Pass the Cursor of an earlier page unchanged, or none to begin at the start.")
    {
    }
}
