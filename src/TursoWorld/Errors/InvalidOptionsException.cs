namespace TursoWorld;

/// <summary>Options that cannot work. The message lists every broken rule.</summary>
public sealed class InvalidOptionsException : WorldException
{
    internal InvalidOptionsException(IReadOnlyList<string> failures)
        : base(ErrorCodes.InvalidOptions, 400, string.Join(Environment.NewLine, failures)) => Failures = failures;

    /// <summary>One sentence per broken rule.</summary>
    public IReadOnlyList<string> Failures { get; }
}
