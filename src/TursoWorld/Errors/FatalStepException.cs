namespace TursoWorld;

/// <summary>Thrown by the code of a step to fail it at once, whatever its retry policy says.</summary>
public sealed class FatalStepException : Exception
{
    /// <summary>Fails the step with a message.</summary>
    /// <param name="message">Why another attempt cannot help.</param>
    public FatalStepException(string message)
        : base(message)
    {
    }

    /// <summary>Fails the step with a message and a cause.</summary>
    /// <param name="message">Why another attempt cannot help.</param>
    /// <param name="innerException">What happened.</param>
    public FatalStepException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
