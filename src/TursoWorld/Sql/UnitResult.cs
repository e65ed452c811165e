namespace TursoWorld.Sql;

/// <summary>What became of a unit. An expected failure is a value, because an exception costs more than the unit.</summary>
internal sealed class UnitResult
{
    private UnitResult(IReadOnlyList<IReadOnlyList<SqlRow>> rows, SqlErrorKind error, string? guard, WorldException? exception)
    {
        Rows = rows;
        Error = error;
        Guard = guard;
        Exception = exception;
    }

    /// <summary>The rows that each statement returned, by its index. Empty when the unit was refused.</summary>
    public IReadOnlyList<IReadOnlyList<SqlRow>> Rows { get; }

    /// <summary><see cref="SqlErrorKind.None"/> when the unit is committed.</summary>
    public SqlErrorKind Error { get; }

    /// <summary>The kind of guard that did not hold.</summary>
    public string? Guard { get; }

    /// <summary>Says in words why the unit was refused; null when it is committed or a guard refused it.</summary>
    public WorldException? Exception { get; }

    public bool IsCommitted => Error == SqlErrorKind.None;

    public static UnitResult Committed(IReadOnlyList<IReadOnlyList<SqlRow>> rows) => new(rows, SqlErrorKind.None, null, null);

    public static UnitResult GuardFailed(string guard) => new([], SqlErrorKind.GuardFailed, guard, null);

    public static UnitResult Failed(SqlErrorKind error, WorldException exception) => new([], error, null, exception);

    /// <summary>For units that have no guard, or whose guard is broken only by a bug.</summary>
    public UnitResult ThrowUnlessCommitted() => IsCommitted
        ? this
        : throw Exception ?? (Exception)new InvalidOperationException($"The guard '{Guard}' refused a unit that nobody expected to fail.");
}
