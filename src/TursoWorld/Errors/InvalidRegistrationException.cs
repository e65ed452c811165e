namespace TursoWorld;

/// <summary>A class cannot be used for what it was registered as. Nothing was registered.</summary>
public sealed class InvalidRegistrationException : WorldException
{
    internal InvalidRegistrationException(Type type, string reason)
        : base(ErrorCodes.InvalidRegistration, 400, $"{type} cannot be registered: {reason}") => Type = type;

    /// <summary>The class.</summary>
    public Type Type { get; }
}
