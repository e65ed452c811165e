namespace TursoWorld.LibSql.Sessions;

/// <summary>When rows are read while they come instead of as a whole.</summary>
internal enum Streaming
{
    Never,

    /// <summary>When the server refuses to send them as a whole, and reading again changes nothing.</summary>
    WhenTooLarge,

    Always,
}

/// <summary>How a command is executed.</summary>
/// <param name="Timeout">How long an answer may take.</param>
/// <param name="Streams">When rows are read while they come.</param>
internal readonly record struct ExecutionMode(TimeSpan Timeout, Streaming Streams);
