using TursoWorld.Sql;
using TursoWorld.Storage;
using TursoWorld.Turns;

namespace TursoWorld.Tests.Workflows;

/// <summary>What a unit is about, told by its statements.</summary>
internal static class WrittenTurn
{
    public static bool Is(Unit unit) => unit.Guard?.Text is TurnSql.Guard or TurnSql.DecisionGuard or TurnSql.FinalGuard || Has(unit, TurnSql.Record);

    public static bool Has(Unit unit, string text) => unit.Statements.Any(statement => statement.Text == text);

    public static bool BeginsStep(Unit unit) => Records(unit, "step_created") || Has(unit, StepSql.Insert);

    public static bool EndsStep(Unit unit) => Records(unit, "step_completed") || Has(unit, StepSql.End);

    private static bool Records(Unit unit, string eventType) => unit.Statements.Any(statement =>
        statement.Text == TurnSql.Record
        && statement.Arguments.ToArray().Any(argument => argument.Name == "event_type" && argument.Value.Text == eventType));
}
