namespace TursoWorld.LibSql.Protocol;

/// <summary>What it means when a request was sent and no answer came.</summary>
internal enum LossEffect
{
    /// <summary>Nothing: the request only read.</summary>
    Nothing,

    /// <summary>The transaction is gone with its stream; nothing of it is written.</summary>
    TransactionLost,

    /// <summary>What was asked for may have been done.</summary>
    OutcomeUnknown,
}
