using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>How a request is to be sent, and what its failure means.</summary>
/// <param name="BaseUri">Where to, ending in a slash.</param>
/// <param name="Path">Which door of the server.</param>
/// <param name="Baton">The stream that it is for, so that messages can leave it out; null for a new one.</param>
/// <param name="Effect">What it means when the answer is lost.</param>
internal sealed record RequestTerms(Uri BaseUri, string Path, string? Baton, LossEffect Effect)
{
    /// <summary>A stream does not outlive a failed request, so that only a first request can be repeated.</summary>
    public bool HasStream => Baton is not null;

    public override string ToString() => Path;
}
