using System.Globalization;
using TursoWorld;

namespace ConsoleApp;

internal sealed record Summary(
    IReadOnlyList<Fulfilment> Over, IReadOnlyList<string> Failed, IReadOnlyList<BadRow> BadRows)
{
    public static async Task<Summary> OfAsync(OrderFile file, IReadOnlyList<Task<Fulfilment>> results)
    {
        var over = new List<Fulfilment>();
        var failed = new List<string>();
        foreach (var (order, result) in file.Orders.Zip(results))
        {
            try
            {
                over.Add(await result with { Order = order });
            }
            catch (RunEndedException e)
            {
                failed.Add($"line {order.Line} order {order.OrderId} failed: {e.Message}");
            }
        }

        return new Summary(over, failed, file.BadRows);
    }

    public void Print(TimeSpan elapsed)
    {
        foreach (var (order, _, detail) in Over.Where(fulfilment => fulfilment.Outcome == Outcome.Rejected))
        {
            Console.Error.WriteLine($"line {order.Line} order {order.OrderId} rejected: {detail}");
        }

        foreach (var line in Failed)
        {
            Console.Error.WriteLine(line);
        }

        var charged = Over.Where(over => over.Outcome == Outcome.Shipped).Sum(over => over.Order.Amount);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"shipped {Count(Outcome.Shipped)}  declined {Count(Outcome.Declined)}  "
            + $"rejected {Count(Outcome.Rejected)}  failed {Failed.Count}  skipped lines {BadRows.Count}  "
            + $"charged {charged:F2}  in {elapsed.TotalSeconds:F1} s"));
    }

    private int Count(Outcome outcome) => Over.Count(fulfilment => fulfilment.Outcome == outcome);
}
