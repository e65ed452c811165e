using System.Text;
using TursoWorld.Log;
using TursoWorld.Sql;
using TursoWorld.Turns;

namespace TursoWorld.Tests.Workflows;

/// <summary>What a unit is about, told by its statements.</summary>
internal static class WrittenTurn
{
    public static bool Is(Unit unit) => unit.Guard?.Text is TurnSql.Guard or TurnSql.DecisionGuard or TurnSql.FinalGuard || Has(unit, LogSql.AppendTurn);

    public static bool Has(Unit unit, string text) => unit.Statements.Any(statement => statement.Text == text);

    public static bool BeginsStep(Unit unit) => Appends(unit, "step_created");

    public static bool EndsStep(Unit unit) => Appends(unit, "step_completed");

    /// <summary>Whether the unit appends an event of a type.</summary>
    public static bool Appends(Unit unit, string eventType) => unit.Statements.Any(statement =>
        statement.Text is LogSql.AppendTurn or LogSql.AppendNext
        && statement.Arguments.ToArray().Any(argument =>
            argument.Name == "events" && Encoding.UTF8.GetString(argument.Value.Bytes).Contains($"[\"{eventType}\"", StringComparison.Ordinal)));
}
