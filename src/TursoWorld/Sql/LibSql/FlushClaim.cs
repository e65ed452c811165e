using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>The number of a flush. The server lets each number through once.</summary>
internal readonly record struct FlushClaim(string WriterId, long FlushNo)
{
    /// <summary>What the row says of a number that was used up so that nothing can come under it any more.</summary>
    public const string Nothing = "*";

    /// <summary>Takes the number, for a flush or, with <see cref="Nothing"/>, against one.</summary>
    public LibSqlStep ToStep(LibSqlCondition? condition, string refused = "") => new(WriterSql.Claim)
    {
        Condition = condition,
        Arguments = [new("writer_id", WriterId), new("flush_no", FlushNo), new("refused", refused)],
    };

    /// <summary>Notes that a unit of the flush was refused.</summary>
    public LibSqlStep ToRefusal(int unit, LibSqlCondition condition) => new(WriterSql.Refuse)
    {
        Condition = condition,
        Arguments = [new("writer_id", WriterId), new("unit", (long)unit)],
    };
}
