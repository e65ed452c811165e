namespace TursoWorld.LibSql.Protocol;

/// <summary>What the server says about a failure.</summary>
internal sealed record ServerError(string Message, string? Code);
