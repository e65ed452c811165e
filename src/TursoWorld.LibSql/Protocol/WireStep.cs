using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Protocol;

/// <summary>A statement on its way to the server.</summary>
internal readonly record struct WireStep(
    SqlStatementText Statement, IReadOnlyList<LibSqlArgument> Arguments, LibSqlCondition? Condition, bool MissingAreNull)
{
    public static WireStep Of(SqlStatementText statement, LibSqlCondition? condition = null) =>
        new(statement, [], condition, MissingAreNull: false);
}
