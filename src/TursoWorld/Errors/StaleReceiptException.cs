namespace TursoWorld;

/// <summary>A receipt proves nothing any more: its message is done, was given back, or came back after its visibility.</summary>
public sealed class StaleReceiptException : WorldException
{
    internal StaleReceiptException(string receipt)
        : base(ErrorCodes.ReceiptStale, 409,
            $"The receipt '{receipt}' is stale: its message is done, was released, or became visible again because the time "
            + "of its receiver was up. Undo or ignore what was done for it, and extend the visibility earlier next time.") =>
        Receipt = receipt;

    /// <summary>The receipt that was refused.</summary>
    public string Receipt { get; }
}
