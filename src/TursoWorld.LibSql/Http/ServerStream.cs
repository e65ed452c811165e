namespace TursoWorld.LibSql.Http;

/// <summary>A connection on the server: whose turn it is, and where. Ends with the first request that fails.</summary>
internal sealed class ServerStream(Uri baseUri)
{
    /// <summary>Shows the server that we are the one; another one after each request. Null: not begun, or ended. A secret.</summary>
    public string? Baton { get; set; }

    public Uri BaseUri { get; set; } = baseUri;

    public bool IsOpen => Baton is not null;

    public void Drop() => Baton = null;
}
