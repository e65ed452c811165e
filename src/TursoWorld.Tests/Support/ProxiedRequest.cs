namespace TursoWorld.Tests.Support;

/// <summary>A request that came to a <see cref="FaultProxy"/>.</summary>
/// <param name="Head">Its method, path and header.</param>
/// <param name="Body">Its text.</param>
internal sealed record ProxiedRequest(HttpHead Head, string Body)
{
    /// <summary>Method and path, for example <c>POST /v3/pipeline</c>.</summary>
    public string Target => Head.StartLine[..Head.StartLine.LastIndexOf(' ')];
}
