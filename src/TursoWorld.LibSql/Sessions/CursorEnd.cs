using TursoWorld.LibSql.Http;

namespace TursoWorld.LibSql.Sessions;

/// <summary>What happens when a cursor is closed, and when a step of it did not run.</summary>
internal abstract class CursorEnd
{
    /// <summary>Whether what has not been read must be read, because the stream is needed.</summary>
    public abstract bool KeepsStream { get; }

    /// <summary>A statement was skipped although the one before it succeeded.</summary>
    public abstract LibSqlException? Skipped();

    /// <summary>A statement failed.</summary>
    public abstract LibSqlException Failed(LibSqlException error);

    public abstract ValueTask CloseAsync(ServerStream stream);
}

/// <summary>The cursor's stream is its own, and ends with it.</summary>
internal sealed class AutocommitCursorEnd(LibSqlServer server) : CursorEnd
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public override bool KeepsStream => false;

    public override LibSqlException? Skipped() => null;

    public override LibSqlException Failed(LibSqlException error) => error;

    public override async ValueTask CloseAsync(ServerStream stream) =>
        await server.CloseAsync(stream, Limit).ConfigureAwait(false);
}
