namespace TursoWorld.Runtime;

/// <summary>Reads what is recorded, for the code of one replay of a run.</summary>
internal sealed class RecordedValues(JsonPayloads payloads)
{
    /// <summary>
    /// Why the code cannot go on here: it cannot read what is recorded. Null while it can. From then on it hears of nothing, and what it asks
    /// for counts for nothing.
    /// </summary>
    public NotReadyException? Unreadable { get; private set; }

    /// <summary>Reads for code that can wait: when something cannot be read, the code waits, and no handler of errors runs.</summary>
    public Task<T> ReadAsync<T>(ReadOnlyMemory<byte>? payload, string what)
    {
        try
        {
            return Task.FromResult(Read<T>(payload, what));
        }
        catch (NotReadyException)
        {
            return new TaskCompletionSource<T>().Task;
        }
    }

    /// <summary>Reads for code that cannot wait: whatever it makes of the exception, it gets no further.</summary>
    /// <exception cref="NotReadyException">It cannot be read.</exception>
    public T Read<T>(ReadOnlyMemory<byte>? payload, string what)
    {
        try
        {
            return payloads.Read<T>(payload, what);
        }
        catch (NotReadyException exception)
        {
            Unreadable ??= exception;
            throw;
        }
    }
}
