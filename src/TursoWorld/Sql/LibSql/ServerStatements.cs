using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>Statements and rows as the provider knows them.</summary>
internal static class ServerStatements
{
    public const string Begin = "BEGIN IMMEDIATE";
    public const string Commit = "COMMIT";
    public const string Rollback = "ROLLBACK";
    public const string Savepoint = "SAVEPOINT unit";
    public const string Release = "RELEASE unit";
    public const string RollbackToSavepoint = "ROLLBACK TO unit";
    public const string IntegrityCheck = "PRAGMA integrity_check";

    private static readonly IReadOnlyList<SqlRow> NoRows = [];

    public static LibSqlStep ToStep(SqlStatement statement, LibSqlCondition? condition) => ToStep([statement], condition);

    /// <summary>Statements with the same text, which takes rows if there are several, as one.</summary>
    public static LibSqlStep ToStep(IReadOnlyList<SqlStatement> rows, LibSqlCondition? condition)
    {
        var text = ServerText.Of(rows[0].Text);
        var arguments = new List<LibSqlArgument>(rows.Count * text.Parameters.Count);
        foreach (var row in rows)
        {
            foreach (var parameter in text.Parameters)
            {
                arguments.Add(new LibSqlArgument("", ValueOf(parameter, row.Arguments)));
            }
        }

        return new LibSqlStep(rows.Count == 1 ? text.Text : text.ForRows(rows.Count)) { Condition = condition, Arguments = arguments };
    }

    public static IReadOnlyList<SqlRow> ToRows(SqlStatement statement, LibSqlStepResult result)
    {
        if (statement.ReturnsRowId)
        {
            return [new SqlRow([result.LastInsertRowId])];
        }

        return result.Rows.Count == 0 ? NoRows : [.. result.Rows.Select(static row => new SqlRow(row))];
    }

    /// <summary>About how many bytes of a request the arguments take.</summary>
    public static long SizeOfArguments(SqlStatement statement)
    {
        const int Frame = 70;
        var size = 0L;
        foreach (var (name, value) in statement.Arguments)
        {
            size += Frame + name.Length + value.Kind switch
            {
                SqlValueKind.Text => value.Text.Length,
                SqlValueKind.Bytes => value.Bytes.Length * 4L / 3,
                _ => 0,
            };
        }

        return size;
    }

    private static LibSqlValue ValueOf(string parameter, ReadOnlySpan<(string Name, SqlValue Value)> arguments)
    {
        foreach (var (name, value) in arguments)
        {
            if (name == parameter)
            {
                return ToValue(value);
            }
        }

        return default; // a parameter that is not listed is null
    }

    private static LibSqlValue ToValue(SqlValue value) => value.Kind switch
    {
        SqlValueKind.Null => default,
        SqlValueKind.Integer => value.Integer,
        SqlValueKind.Text => value.Text,
        _ => value.Memory,
    };
}
