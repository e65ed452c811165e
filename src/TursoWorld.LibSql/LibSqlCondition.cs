namespace TursoWorld.LibSql;

/// <summary>When a step of a batch is executed. The server decides it when the step's turn comes.</summary>
/// <remarks>Steps are named by their index in the batch; a condition can only look at earlier ones.</remarks>
public abstract record LibSqlCondition
{
    private LibSqlCondition()
    {
    }

    /// <summary>No transaction is open.</summary>
    public static LibSqlCondition IsAutocommit { get; } = new Autocommit();

    /// <summary>A transaction is open.</summary>
    public static LibSqlCondition InTransaction { get; } = new Negation(IsAutocommit);

    /// <summary>The step was executed without an error.</summary>
    public static LibSqlCondition Succeeded(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return new StepSucceeded(step);
    }

    /// <summary>The step failed or was skipped.</summary>
    public static LibSqlCondition NotSucceeded(int step) => new Negation(Succeeded(step));

    /// <summary>The condition does not hold.</summary>
    public static LibSqlCondition Not(LibSqlCondition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new Negation(condition);
    }

    /// <summary>Every condition holds; true when there is none.</summary>
    public static LibSqlCondition All(params IReadOnlyList<LibSqlCondition> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return new Conjunction(conditions);
    }

    /// <summary>At least one condition holds; false when there is none.</summary>
    public static LibSqlCondition Any(params IReadOnlyList<LibSqlCondition> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        return new Disjunction(conditions);
    }

    internal sealed record StepSucceeded(int Step) : LibSqlCondition;

    internal sealed record Negation(LibSqlCondition Condition) : LibSqlCondition;

    internal sealed record Conjunction(IReadOnlyList<LibSqlCondition> Conditions) : LibSqlCondition;

    internal sealed record Disjunction(IReadOnlyList<LibSqlCondition> Conditions) : LibSqlCondition;

    internal sealed record Autocommit : LibSqlCondition;
}
