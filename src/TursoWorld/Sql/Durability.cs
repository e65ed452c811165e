namespace TursoWorld;

/// <summary>What an acknowledged write survives.</summary>
public enum Durability
{
    /// <summary>The end of the process, and the loss of power: the disk has the data before a call returns.</summary>
    Full,

    /// <summary>The end of the process. The loss of power may take the latest writes with it, never part of one.</summary>
    Normal,
}
