namespace TursoWorld.LibSql;

/// <summary>What a parameter of a statement stands for.</summary>
/// <param name="Name">
/// The parameter, with or without its prefix (<c>@id</c>, <c>:id</c>, <c>$id</c> or <c>id</c>); letter case counts. An argument
/// without a name fills the next <c>?</c>.
/// </param>
/// <param name="Value">The value.</param>
public readonly record struct LibSqlArgument(string Name, LibSqlValue Value);
