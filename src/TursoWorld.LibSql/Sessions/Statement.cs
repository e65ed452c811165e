using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Sessions;

/// <summary>A statement with its arguments, before it is known under which condition it runs.</summary>
internal readonly record struct Statement(SqlStatementText Text, IReadOnlyList<LibSqlArgument> Arguments)
{
    public WireStep When(LibSqlCondition? condition) => new(Text, Arguments, condition, MissingAreNull: false);
}
