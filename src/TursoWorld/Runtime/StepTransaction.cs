using System.Data.Common;

namespace TursoWorld;

/// <summary>The transaction that records a transactional step, for the caller's own statements.</summary>
public sealed class StepTransaction
{
    internal StepTransaction(DbConnection connection) => Connection = connection;

    /// <summary>
    /// A connection to the database of the run. Every command on it is part of the transaction; none needs a transaction
    /// object. It ends with the step and must not be kept.
    /// </summary>
    public DbConnection Connection { get; }
}
