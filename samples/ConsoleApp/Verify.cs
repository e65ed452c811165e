using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using TursoWorld;

namespace ConsoleApp;

/// <summary>Compares three books that are kept apart: the runs, the stock, and the ledger of the gateway.</summary>
internal sealed class Verify(World world, Ledger ledger, string databasePath)
{
    private readonly List<string> _problems = [];

    public async Task<int> RunAsync(OrderFile? file, CancellationToken cancellationToken)
    {
        var runs = await ListRunsAsync(cancellationToken);
        var fulfilments = await CheckRunsAsync(runs, cancellationToken);
        var shipped = fulfilments.Where(fulfilment => fulfilment.Outcome == Outcome.Shipped)
            .Select(fulfilment => fulfilment.Order).ToList();
        var charges = await ledger.ReadAsync(cancellationToken);
        CheckFile(file, runs);
        CheckCharges(shipped, charges);
        if (runs.Count > 0)
        {
            await CheckStockAsync(shipped);
        }

        _problems.ForEach(Console.WriteLine);
        var verdict = _problems.Count == 0 ? "everything fits" : $"problems: {_problems.Count}";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{runs.Count} orders, {shipped.Count} shipped, "
            + $"{charges.Count} charges of {charges.Sum(charge => charge.Amount):F2}; {verdict}"));
        return _problems.Count == 0 ? 0 : 1;
    }

    private async Task<List<WorkflowRun>> ListRunsAsync(CancellationToken cancellationToken)
    {
        var runs = new List<WorkflowRun>();
        Page<WorkflowRun>? page = null;
        do
        {
            page = await world.Runs.ListAsync(
                new RunQuery { WorkflowName = FulfilOrder.Name },
                new PageRequest { Limit = PageRequest.MaxLimit, Cursor = page?.Cursor },
                cancellationToken);
            runs.AddRange(page.Items);
        }
        while (page.HasMore);

        return runs;
    }

    private async Task<List<Fulfilment>> CheckRunsAsync(List<WorkflowRun> runs, CancellationToken cancellationToken)
    {
        if (runs.Count == 0)
        {
            _problems.Add("no order has been taken up");
        }

        var fulfilments = new List<Fulfilment>();
        foreach (var run in runs)
        {
            if (run.Status == RunStatus.Completed)
            {
                fulfilments.Add(await world.GetRun<Fulfilment>(run.RunId).ResultAsync(cancellationToken));
            }
            else
            {
                var reason = run.Error?.Message ?? run.BlockedReason ?? "not over yet";
                _problems.Add($"run {run.RunId} is {run.Status}: {reason}");
            }
        }

        return fulfilments;
    }

    private void CheckFile(OrderFile? file, List<WorkflowRun> runs)
    {
        var runIds = runs.Select(run => run.RunId).ToHashSet();
        _problems.AddRange(file?.Orders.Where(order => !runIds.Contains(order.ToRunId()))
            .Select(order => $"line {order.Line} order {order.OrderId} has not been taken up") ?? []);
    }

    private void CheckCharges(List<Order> shipped, IReadOnlyList<Charge> charges)
    {
        var chargesOf = charges.ToLookup(charge => charge.OrderId);
        foreach (var order in shipped)
        {
            var amounts = chargesOf[order.OrderId].Select(charge => charge.Amount).ToList();
            if (amounts is not [var amount] || amount != order.Amount)
            {
                _problems.Add(string.Create(CultureInfo.InvariantCulture,
                    $"order {order.OrderId} of {order.Amount} has been shipped and charged {amounts.Count} times: ")
                    + string.Join(", ", amounts.Select(charged => charged.ToString(CultureInfo.InvariantCulture))));
            }
        }

        _problems.AddRange(shipped.CountBy(order => order.OrderId).Where(count => count.Value > 1)
            .Select(count => $"order {count.Key} has been shipped {count.Value} times"));
        _problems.AddRange(chargesOf.Select(group => group.Key).Except(shipped.Select(order => order.OrderId))
            .Select(orderId => $"order {orderId} has been charged and not shipped"));
    }

    private async Task CheckStockAsync(List<Order> shipped)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = databasePath,
            Mode = SqliteOpenMode.ReadOnly,

            // Whoever closes the file last clears its log away, which a connection that only reads cannot.
            Pooling = false,
        }.ToString());
        var taken = await connection.QueryAsync<(string Sku, long Quantity)>(
            "SELECT sku, seeded - available FROM stock");
        var expected = shipped.GroupBy(order => order.Sku)
            .ToDictionary(group => group.Key, group => group.Sum(order => (long)order.Quantity));
        _problems.AddRange(taken.Where(line => line.Quantity != expected.GetValueOrDefault(line.Sku))
            .Select(line => $"{line.Quantity} of {line.Sku} have left the stock, not those "
                + $"{expected.GetValueOrDefault(line.Sku)} that were shipped"));

        var reserved = await connection.QueryAsync<string>("SELECT order_id FROM reservations");
        var shippedIds = shipped.Select(order => order.OrderId).ToHashSet();
        _problems.AddRange(reserved.Where(orderId => !shippedIds.Contains(orderId))
            .Select(orderId => $"order {orderId} holds stock and has not been shipped"));
    }
}
