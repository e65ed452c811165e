using System.Diagnostics;
using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Writes the condition of a step.</summary>
internal static class ConditionWriter
{
    public static void Write(Utf8JsonWriter writer, LibSqlCondition condition, int ownStep)
    {
        writer.WriteStartObject();
        switch (condition)
        {
            case LibSqlCondition.StepSucceeded succeeded:
                RequireEarlier(succeeded.Step, ownStep);
                writer.WriteString(WireNames.Type, WireNames.Ok);
                writer.WriteNumber(WireNames.Step, succeeded.Step);
                break;
            case LibSqlCondition.Negation negation:
                writer.WriteString(WireNames.Type, WireNames.Not);
                writer.WritePropertyName(WireNames.Cond);
                Write(writer, negation.Condition, ownStep);
                break;
            case LibSqlCondition.Conjunction conjunction:
                WriteAll(writer, "and", conjunction.Conditions, ownStep);
                break;
            case LibSqlCondition.Disjunction disjunction:
                WriteAll(writer, "or", disjunction.Conditions, ownStep);
                break;
            case LibSqlCondition.Autocommit:
                writer.WriteString(WireNames.Type, "is_autocommit");
                break;
            default:
                throw new UnreachableException($"{condition.GetType().Name} is no condition.");
        }

        writer.WriteEndObject();
    }

    private static void WriteAll(
        Utf8JsonWriter writer, string type, IReadOnlyList<LibSqlCondition> conditions, int ownStep)
    {
        writer.WriteString(WireNames.Type, type);
        writer.WriteStartArray(WireNames.Conds);
        for (var index = 0; index < conditions.Count; index++)
        {
            Write(writer, conditions[index], ownStep);
        }

        writer.WriteEndArray();
    }

    // The server would refuse the whole request, and what ran before it would be unknown.
    private static void RequireEarlier(int step, int ownStep)
    {
        if (step >= ownStep)
        {
            throw new ArgumentException(
                $"The condition of step {ownStep} looks at step {step}; a condition can only look at earlier steps.");
        }
    }
}
