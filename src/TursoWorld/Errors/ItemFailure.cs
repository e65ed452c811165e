namespace TursoWorld;

/// <summary>An item that failed.</summary>
/// <param name="Index">Its place among the items, from 0.</param>
/// <param name="Error">What its code threw.</param>
public sealed record ItemFailure(int Index, Exception Error);
