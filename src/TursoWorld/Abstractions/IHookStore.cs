namespace TursoWorld;

/// <summary>Reads hooks that can still receive a payload.</summary>
public interface IHookStore
{
    /// <summary>Reads the hook with a token, if there is one.</summary>
    Task<WorkflowHook?> FindByTokenAsync(string token, CancellationToken cancellationToken = default);

    /// <summary>Reads a hook.</summary>
    /// <exception cref="NotFoundException">There is no such hook: it was never registered, is used up or disposed, or its run is over.</exception>
    Task<WorkflowHook> GetAsync(
        string runId, string hookId, ResolveData data = ResolveData.All, CancellationToken cancellationToken = default);

    /// <summary>Lists hooks, of one run or of all, in the order in which they were registered, or backwards.</summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<WorkflowHook>> ListAsync(
        string? runId = null, PageRequest? page = null, CancellationToken cancellationToken = default);
}
