namespace TursoWorld.Runtime;

/// <summary>A source of jitter for many threads.</summary>
internal sealed class SharedRandom : Random
{
    // Guards the state of the base class.
    private readonly Lock _lock = new();

    public override double NextDouble()
    {
        lock (_lock)
        {
            return base.NextDouble();
        }
    }
}
