using System.Diagnostics.CodeAnalysis;
using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>
/// What the code of a run remembers by name, beside its variables: it can be read from outside, by <see cref="World.State"/>,
/// while the run goes on and after its end. Every change is recorded, in one commit with whatever else the code asks for; reading takes
/// no time. Keys have 1 to 256 characters, without control characters. Only the code of the workflow may use it.
/// </summary>
public sealed class WorkflowState
{
    private readonly ReplayEngine _engine;
    private readonly JsonPayloads _payloads;

    internal WorkflowState(ReplayEngine engine, JsonPayloads payloads)
    {
        _engine = engine;
        _payloads = payloads;
    }

    /// <summary>The keys that have a value, in the order of their characters.</summary>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public IReadOnlyList<string> Keys => _engine.State.List();

    /// <summary>Reads a value, as the code has set it last.</summary>
    /// <param name="key">The name.</param>
    /// <typeparam name="T">Type of the value; a fresh copy each time.</typeparam>
    /// <exception cref="NotFoundException">There is no such key.</exception>
    /// <remarks>
    /// When the value is no <typeparamref name="T"/>, the run is blocked (<see cref="WorkflowRun.BlockedReason"/>) until code is deployed that
    /// can read it: an exception is thrown, and whatever the code makes of it counts for nothing.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public T Get<T>(string key) => TryGet<T>(key, out var value) ? value : throw NotFoundException.State(_engine.Identity.RunId, key);

    /// <summary>Reads a value, if there is one.</summary>
    /// <inheritdoc cref="Get{T}" />
    public bool TryGet<T>(string key, [MaybeNullWhen(false)] out T value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_engine.State.Find(key) is not { } payload)
        {
            value = default;
            return false;
        }

        value = _engine.Recorded.Read<T>(payload, Describe(key));
        return true;
    }

    /// <summary>Sets a value. What the code does with the object afterwards changes nothing.</summary>
    /// <param name="key">The name.</param>
    /// <param name="value">The value; null is one, too.</param>
    /// <typeparam name="T">Type of the value; serialized.</typeparam>
    /// <exception cref="InvalidEventException">The key cannot be; nothing changed.</exception>
    /// <exception cref="SerializationException">The value cannot be serialized; nothing changed.</exception>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public void Set<T>(string key, T value)
    {
        ArgumentNullException.ThrowIfNull(key);
        StateRules.Check(key);
        _engine.State.Set(key, _payloads.Serialize(value, Describe(key)));
    }

    /// <summary>Forgets a value.</summary>
    /// <param name="key">The name.</param>
    /// <returns>False when there was none; nothing is recorded then.</returns>
    /// <exception cref="InvalidOperationException">The caller is not the code of the workflow.</exception>
    public bool Delete(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _engine.State.Delete(key);
    }

    private static string Describe(string key) => $"The value of '{key}' in the state of the run";
}
