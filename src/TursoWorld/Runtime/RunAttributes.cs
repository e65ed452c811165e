using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// The names of the attributes of a run, as far as its code can know: what was recorded before the event that the code runs on,
/// and what the code has asked for since.
/// </summary>
internal sealed class RunAttributes(ReplayEngine engine)
{
    private HashSet<string>? _names; // most runs have no attributes

    /// <summary>The log says that attributes were set or removed.</summary>
    public void Take(IReadOnlyDictionary<string, string?> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        _names ??= [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                _names.Remove(name);
            }
            else
            {
                _names.Add(name);
            }
        }
    }

    /// <summary>The code sets or removes attributes. Also in a scope that was cancelled: nothing begins, and nothing is waited for.</summary>
    /// <exception cref="InvalidEventException">A limit is broken; nothing changed.</exception>
    public void Set(IReadOnlyDictionary<string, string?> changes)
    {
        engine.RequireInside();
        AttributeRules.Check(changes, allowReserved: false);
        RequireRoom(changes);
        Take(changes);
        engine.Ask(new Command.SetAttributes(engine.NextId("attributes"), changes));
    }

    private void RequireRoom(IReadOnlyDictionary<string, string?> changes)
    {
        var count = _names?.Count ?? 0;
        foreach (var (name, value) in changes)
        {
            var isThere = _names?.Contains(name) == true;
            count += (value is null, isThere) switch
            {
                (true, true) => -1,
                (false, false) => 1,
                _ => 0,
            };
        }

        if (count > AttributeRules.MaxCount && changes.Values.Any(value => value is not null))
        {
            throw AttributeRules.TooMany(engine.Identity.RunId);
        }
    }
}
