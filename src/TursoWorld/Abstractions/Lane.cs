namespace TursoWorld.Abstractions;

/// <summary>
/// How a message may be taken up: the column <c>lane</c> of <c>queue_messages</c>. Whatever a process had when it died is a suspect, and
/// becomes more of one each time: in the end it is taken up alone, so that what kills its process takes nothing else with it.
/// </summary>
internal enum Lane
{
    /// <summary>By anybody.</summary>
    Open = 0,

    /// <summary>By whoever has a slot: a run of whose steps none could begin for the lack of slots.</summary>
    Slot = 1,

    /// <summary>A few at a time: its process died at least twice.</summary>
    Few = 2,

    /// <summary>One at a time: its process died at least four times.</summary>
    Alone = 3,
}
