namespace TursoWorld.Sql.Sqlite;

/// <summary>Memory that the garbage collector leaves where it is, so that native code may keep an address in it.</summary>
internal sealed class PinnedBytes(int length)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    public Span<byte> Span => _bytes;
}
