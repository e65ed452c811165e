using Dapper;
using TursoWorld;

namespace ConsoleApp;

internal sealed record StockLine(string Sku, int Quantity);

/// <summary>
/// Tables of our own in the database of the workflows. What a transactional step writes here is committed together with
/// the record that the step is done: after a crash either both are there, or neither.
/// </summary>
internal static class Stock
{
    private const string Tables = """
        CREATE TABLE stock (
            sku TEXT PRIMARY KEY, seeded INTEGER NOT NULL, available INTEGER NOT NULL CHECK (available >= 0));
        CREATE TABLE reservations (order_id TEXT PRIMARY KEY, sku TEXT NOT NULL, quantity INTEGER NOT NULL);
        """;

    public static string SeedRunId => RunIds.From("seed-stock");

    public static WorkflowDefinition<IReadOnlyList<StockLine>, int> DefineSeed() =>
        Workflow.Define<IReadOnlyList<StockLine>, int>("seed-stock", (flow, lines) =>
            flow.TransactionAsync(
                "create-tables",
                async (tx, _) =>
                {
                    await tx.Connection.ExecuteAsync(Tables);
                    return await tx.Connection.ExecuteAsync(
                        "INSERT INTO stock (sku, seeded, available) VALUES (@Sku, @Quantity, @Quantity)", lines);
                },
                FulfilOrder.Patient));

    /// <returns>Why nothing was reserved; null when it was.</returns>
    public static async Task<string?> ReserveAsync(StepTransaction tx, Order order)
    {
        // The primary key holds the order id for one run, also when a corrected row of the same order comes in later.
        var isFirst = await tx.Connection.ExecuteAsync(
            "INSERT OR IGNORE INTO reservations (order_id, sku, quantity) VALUES (@OrderId, @Sku, @Quantity)",
            order) == 1;
        if (!isFirst)
        {
            return "another row of this order has been taken up before";
        }

        var isInStock = await tx.Connection.ExecuteAsync(
            "UPDATE stock SET available = available - @Quantity WHERE sku = @Sku AND available >= @Quantity",
            order) == 1;
        if (!isInStock)
        {
            await tx.Connection.ExecuteAsync("DELETE FROM reservations WHERE order_id = @OrderId", order);
            return $"not enough {order.Sku} in stock";
        }

        return null;
    }

    public static async Task ReleaseAsync(StepTransaction tx, Order order)
    {
        await tx.Connection.ExecuteAsync("DELETE FROM reservations WHERE order_id = @OrderId", order);
        await tx.Connection.ExecuteAsync("UPDATE stock SET available = available + @Quantity WHERE sku = @Sku", order);
    }
}
