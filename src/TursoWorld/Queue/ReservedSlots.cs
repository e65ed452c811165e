using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>
/// Room promised to messages that are on their way, and the slots held for them. Not safe for several threads at once.
/// </summary>
internal sealed class ReservedSlots(Slots slots)
{
    // Held, and nobody works in them yet.
    private int _idle;

    /// <summary>Messages that were promised room and have not come.</summary>
    public int Promised { get; private set; }

    /// <summary>Those among them for which there is no slot.</summary>
    public int Ahead => Math.Max(0, Promised - _idle);

    /// <summary>Takes slots that are free, beginning with those held for nobody.</summary>
    /// <returns>Between 0 and <paramref name="most"/>.</returns>
    public int Take(int most)
    {
        var spare = Math.Clamp(_idle - Promised, 0, most);
        var taken = slots.Take(most - spare);
        _idle += taken;
        return spare + taken;
    }

    public void Promise(int count) => Promised += count;

    /// <summary>So many have come, or will not come.</summary>
    public void Settle(int count) => Promised -= count;

    /// <summary>A slot to work in.</summary>
    public bool TryUse()
    {
        if (_idle == 0)
        {
            return slots.Take(1) == 1;
        }

        _idle--;
        return true;
    }

    /// <summary>A slot that was waited for.</summary>
    public void Grant() => _idle++;

    /// <summary>Gives back what is held for nobody.</summary>
    public void ReturnUnused()
    {
        var unused = Math.Max(0, _idle - Math.Max(0, Promised));
        _idle -= unused;
        slots.Release(unused);
    }
}
