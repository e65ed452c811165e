using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>The number of a flush. The server lets each number through once.</summary>
internal readonly record struct FlushClaim(string WriterId, long FlushNo)
{
    /// <summary>What the row says of a number that was used up so that nothing can come under it any more.</summary>
    public const string Nothing = "*";

    /// <summary>Whether the server also says what time it is.</summary>
    public bool AsksForTime { get; init; }

    /// <summary>Takes the number, for a flush or, with <see cref="Nothing"/>, against one.</summary>
    public LibSqlStep ToStep(LibSqlCondition? condition, string refused = "")
    {
        var text = AsksForTime ? WriterSql.ClaimAndTime : WriterSql.Claim;
        return ServerStatements.ToStep(
            new SqlStatement(text, ("writer_id", WriterId), ("flush_no", FlushNo), ("refused", refused)), condition);
    }

    /// <summary>What the server has taken for the time, if it was asked.</summary>
    public static DateTimeOffset? TimeOf(LibSqlStepResult claimed) =>
        claimed.Rows is [[long milliseconds]] ? SqlTime.FromColumn(milliseconds) : null;

    /// <summary>Notes that a unit of the flush was refused.</summary>
    public LibSqlStep ToRefusal(int unit, LibSqlCondition condition) => ServerStatements.ToStep(
        new SqlStatement(WriterSql.Refuse, ("writer_id", WriterId), ("unit", unit)), condition);
}
