namespace TursoWorld.Abstractions;

/// <summary>How much a claim may take.</summary>
/// <param name="Most">Altogether.</param>
/// <param name="Slots">At most, of those that need a slot (<see cref="Lane.Slot"/>).</param>
/// <param name="Few">At most, of <see cref="Lane.Few"/>.</param>
/// <param name="Alone">At most, of <see cref="Lane.Alone"/>.</param>
internal readonly record struct ClaimRoom(int Most, int Slots, int Few, int Alone)
{
    /// <summary>Plain messages that have to wait for a slot, beyond <see cref="Most"/>.</summary>
    public int Ahead { get; init; }

    /// <summary>From when on there is room for some of <see cref="Lane.Few"/>, in Unix milliseconds; 0 for always, null for not before one has left.</summary>
    public long? FewFrom { get; init; }

    /// <summary>As <see cref="FewFrom"/>, for <see cref="Lane.Alone"/>.</summary>
    public long? AloneFrom { get; init; }

    /// <summary>Room for so many, whatever they are suspected of.</summary>
    public static ClaimRoom For(int most) => new(most, most, most, most) { FewFrom = 0, AloneFrom = 0 };
}
