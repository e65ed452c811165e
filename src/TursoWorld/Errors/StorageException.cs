namespace TursoWorld;

/// <summary>
/// The database could not do what was asked. Unless <see cref="WorldException.Code"/> is
/// <see cref="ErrorCodes.OutcomeUnknown"/>, nothing was changed.
/// </summary>
public sealed class StorageException : WorldException
{
    internal StorageException(string code, string message, bool isTransient, Exception? innerException = null)
        : base(code, 503, message, innerException) => IsTransient = isTransient;
}
