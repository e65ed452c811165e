namespace TursoWorld;

/// <summary>In which direction a list is read.</summary>
public enum SortOrder
{
    /// <summary>Oldest first.</summary>
    Ascending,

    /// <summary>Newest first.</summary>
    Descending,
}
