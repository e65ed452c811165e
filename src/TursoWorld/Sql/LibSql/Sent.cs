using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>What came back for a batch: the results of its steps, or a failure as a whole.</summary>
internal readonly record struct Sent(IReadOnlyList<LibSqlStepResult>? Results, SendFailure? Failure);
