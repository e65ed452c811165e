namespace TursoWorld;

/// <summary>Reads what the code of runs remembers by name: see <see cref="WorkflowState"/>. Only the code can change it.</summary>
public interface IStateStore
{
    /// <summary>Reads a value, also after the end of the run.</summary>
    /// <typeparam name="T">Type of the value; deserialized.</typeparam>
    /// <exception cref="NotFoundException">The run has no such key, or does not exist.</exception>
    /// <exception cref="SerializationException">The value is no <typeparamref name="T"/>.</exception>
    Task<T> GetAsync<T>(string runId, string key, CancellationToken cancellationToken = default);

    /// <summary>Reads a value as it is stored, if there is one.</summary>
    Task<StateEntry?> FindAsync(string runId, string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists what a run remembers, in the order in which the keys came to be, or backwards. A run that does not exist remembers
    /// nothing.
    /// </summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<StateEntry>> ListAsync(string runId, PageRequest? page = null, CancellationToken cancellationToken = default);
}
