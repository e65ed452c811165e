namespace TursoWorld.Runtime;

/// <summary>How a live run leaves the hands of this process.</summary>
internal enum LiveRunEnd
{
    /// <summary>Parked: nothing is in flight, and it can go on where it stands when the message comes back.</summary>
    Parked,

    /// <summary>Over, taken by somebody else, or given back: what is in memory is of no further use.</summary>
    Gone,
}
