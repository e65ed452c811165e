namespace TursoWorld.Runtime;

/// <summary>
/// What the code of a run remembers by name, serialized: nobody can change a value that was set, or that was read. Reading
/// takes what the code itself has set, recorded or not; nobody else can set anything.
/// </summary>
internal sealed class StateValues(ReplayEngine engine)
{
    private SortedDictionary<string, ReadOnlyMemory<byte>>? _values; // most runs remember nothing

    /// <summary>The keys that have a value, in the order of their characters.</summary>
    public IReadOnlyList<string> List()
    {
        engine.RequireInside();
        return _values is null ? [] : [.. _values.Keys];
    }

    public ReadOnlyMemory<byte>? Find(string key)
    {
        engine.RequireInside();
        return _values is not null && _values.TryGetValue(key, out var value) ? value : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Sets a value. Also in a scope that was cancelled: nothing begins, and nothing is waited for.</summary>
    public void Set(string key, ReadOnlyMemory<byte> value)
    {
        engine.RequireInside();
        Values[key] = value;
        engine.Ask(new Command.SetState(key, value));
    }

    /// <returns>False when there is no such key: nothing is recorded.</returns>
    public bool Delete(string key)
    {
        engine.RequireInside();
        if (_values?.Remove(key) != true)
        {
            return false;
        }

        engine.Ask(new Command.SetState(key, null));
        return true;
    }

    /// <summary>The log has the change that the code asked for first. Should the value differ, what is recorded counts.</summary>
    public void OnRecorded(WorkflowEvent.StateSet recorded, Command.SetState asked)
    {
        if (recorded.Value is { } value && asked.Value is { } own && !value.Span.SequenceEqual(own.Span) && !IsSetAgain(asked))
        {
            Values[recorded.Key] = value;
        }
    }

    private SortedDictionary<string, ReadOnlyMemory<byte>> Values => _values ??= new(StringComparer.Ordinal);

    private bool IsSetAgain(Command.SetState asked)
    {
        foreach (var command in engine.Commands)
        {
            if (command is Command.SetState later && later != asked && later.Key == asked.Key)
            {
                return true;
            }
        }

        return false;
    }
}
