namespace TursoWorld.LibSql;

/// <summary>A statement of a conditional batch; see <see cref="LibSqlConnection.ExecuteStepsAsync"/>.</summary>
public sealed class LibSqlStep
{
    /// <param name="commandText">One SQL statement.</param>
    public LibSqlStep(string commandText)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(commandText);
        CommandText = commandText;
    }

    /// <summary>The SQL statement.</summary>
    public string CommandText { get; }

    /// <summary>When the statement is executed; null: always.</summary>
    public LibSqlCondition? Condition { get; init; }

    /// <summary>Values of the parameters, in any order. What the statement does not use is not sent.</summary>
    public IReadOnlyList<LibSqlArgument> Arguments { get; init; } = [];

    /// <summary>Whether a parameter without an argument is NULL. Default false: it is an error.</summary>
    public bool MissingArgumentsAreNull { get; init; }
}
