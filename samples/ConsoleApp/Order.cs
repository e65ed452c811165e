namespace ConsoleApp;

internal sealed record Order
{
    /// <summary>Line of the order file.</summary>
    public required int Line { get; init; }

    public required string OrderId { get; init; }

    public required string Customer { get; init; }

    public required string Sku { get; init; }

    public required int Quantity { get; init; }

    public required decimal Amount { get; init; }

    // The line is left out: an order is the same one when the file is sorted anew.
    // A row that was corrected is another run.
    public string ToRunId() =>
        RunIds.From(FormattableString.Invariant($"{OrderId}\n{Customer}\n{Sku}\n{Quantity}\n{Amount}"));
}
