namespace TursoWorld;

/// <summary>The run is over, so there is nothing left to take up: drop the message that led here.</summary>
public sealed class RunExpiredException : WorldException
{
    internal RunExpiredException(string runId)
        : base(ErrorCodes.RunExpired, 410, $"Run '{runId}' is over. Nothing of it is to be executed any more: drop the message.")
    {
    }
}
