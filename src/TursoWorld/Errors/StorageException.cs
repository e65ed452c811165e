namespace TursoWorld;

/// <summary>
/// The database could not do what was asked. Unless <see cref="WorldException.Code"/> is
/// <see cref="ErrorCodes.OutcomeUnknown"/>, nothing was changed.
/// </summary>
/// <remarks>
/// The HTTP status is 503, and 429 for <see cref="ErrorCodes.DatabaseBusy"/>: others use the database too much, and
/// <see cref="WorldException.RetryAfter"/> says when to try again.
/// </remarks>
public sealed class StorageException : WorldException
{
    // Whoever is told has waited for seconds already.
    private static readonly TimeSpan PauseAfterBusy = TimeSpan.FromSeconds(1);

    internal StorageException(string code, string message, bool isTransient, Exception? innerException = null)
        : base(code, code == ErrorCodes.DatabaseBusy ? 429 : 503, message, innerException)
    {
        IsTransient = isTransient;
        RetryAfter = code == ErrorCodes.DatabaseBusy ? PauseAfterBusy : null;
    }
}
