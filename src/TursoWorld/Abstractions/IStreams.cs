namespace TursoWorld;

/// <summary>
/// Ordered streams of byte chunks, each named within a run. Chunks are numbered from 0 in the order in which they were committed,
/// which for one writer is the order of its calls. A stream comes to be with its first chunk, or when it is closed; its run need
/// not be stored yet. The end of a run closes its streams, unless a foreign runtime drives it, which closes them itself. Ids and
/// names have 1 to 256 characters.
/// </summary>
public interface IStreams
{
    /// <summary>The largest chunk, in bytes: 16 MiB.</summary>
    const int MaxChunkBytes = 16 * 1024 * 1024;

    /// <summary>The most that one call writes, in bytes: 64 MiB.</summary>
    const int MaxCallBytes = 64 * 1024 * 1024;

    /// <summary>
    /// Appends a chunk. It is durable, and on its way to readers, when the call ends; its bytes must not change until then.
    /// </summary>
    /// <exception cref="ConflictException">The stream is closed, or its run is over.</exception>
    /// <exception cref="InvalidStreamException">A name or the size cannot be stored.</exception>
    Task WriteAsync(string runId, string streamName, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken = default);

    /// <summary>Appends a text as one chunk of UTF-8.</summary>
    /// <inheritdoc cref="WriteAsync(string, string, ReadOnlyMemory{byte}, CancellationToken)" path="/exception" />
    Task WriteAsync(string runId, string streamName, string text, CancellationToken cancellationToken = default);

    /// <summary>Appends chunks one behind the other: all of them, or none.</summary>
    /// <inheritdoc cref="WriteAsync(string, string, ReadOnlyMemory{byte}, CancellationToken)" path="/exception" />
    Task WriteManyAsync(
        string runId,
        string streamName,
        IReadOnlyList<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken = default);

    /// <summary>Ends a stream: readers end behind its last chunk. A second call does nothing, nor does one after the end of the run.</summary>
    /// <exception cref="InvalidStreamException">A name cannot be stored.</exception>
    Task CloseAsync(string runId, string streamName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a stream: what is stored, then what is written, whichever process does so, until the stream is closed or its run is
    /// over. A stream that does not exist yet is waited for while its run is stored and not over. Empty chunks are counted and not
    /// delivered.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="streamName">The stream.</param>
    /// <param name="startIndex">
    /// The first chunk to deliver. Negative: counted from the end of what is stored when reading begins, and at least 0.
    /// </param>
    /// <param name="waitForRun">
    /// Whether a run that is not stored is waited for, because it is yet to be started; default false: there is no such run.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidStreamException">A name cannot be that of a stream.</exception>
    /// <exception cref="NotFoundException">
    /// There is neither such a stream nor such a run; or the run has completed and never written to a stream of that name; or the
    /// stream was deleted meanwhile, with its run: one of that name that comes later is another one.
    /// </exception>
    /// <exception cref="RunEndedException">
    /// The run has failed or was cancelled before it closed the stream. What it wrote has been delivered.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The world was closed meanwhile.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string runId, string streamName, long startIndex = 0, bool waitForRun = false, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="ReadAsync"/>, as one sequence of bytes.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="streamName">The stream.</param>
    /// <param name="startIndex">The first chunk to deliver; negative counts from the end.</param>
    /// <param name="waitForRun">Whether a run that is not stored is waited for.</param>
    Stream OpenRead(string runId, string streamName, long startIndex = 0, bool waitForRun = false);

    /// <summary>Says how far a stream has come. One that does not exist is empty, and not done before its run is over.</summary>
    /// <exception cref="InvalidStreamException">A name cannot be that of a stream.</exception>
    Task<StreamInfo> GetInfoAsync(string runId, string streamName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a part of what is stored. A stream that does not exist has nothing. <see cref="PageRequest.Data"/> is ignored:
    /// chunks always come with their bytes.
    /// </summary>
    /// <exception cref="InvalidStreamException">A name cannot be that of a stream.</exception>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<StreamChunkPage> GetChunksAsync(
        string runId, string streamName, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>The names of the streams of a run, sorted by their UTF-8.</summary>
    /// <exception cref="InvalidStreamException">The id cannot be that of a run.</exception>
    Task<IReadOnlyList<string>> ListAsync(string runId, CancellationToken cancellationToken = default);
}
