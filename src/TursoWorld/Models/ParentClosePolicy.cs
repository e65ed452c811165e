namespace TursoWorld;

/// <summary>What becomes of a child when the run that began it ends before it, however that ends.</summary>
public enum ParentClosePolicy
{
    /// <summary>The child is cancelled, and so are its own children.</summary>
    Cancel,

    /// <summary>The child goes on by itself, also when the code of the parent gives it up.</summary>
    Abandon,
}
