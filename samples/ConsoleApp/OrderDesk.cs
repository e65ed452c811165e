using TursoWorld;

namespace ConsoleApp;

/// <summary>Takes up the orders of one file and follows them until all are over.</summary>
internal sealed class OrderDesk(World world, Arguments arguments, Activity activity)
{
    // Starts made together wait for the disk together.
    private const int StartsAtOnce = 500;

    private readonly Manager _manager = new(world, arguments.ApproveAll);

    private enum Standing
    {
        New,
        Underway,
        Over,
    }

    public async Task SeedAsync(
        WorkflowDefinition<IReadOnlyList<StockLine>, int> seedStock,
        IReadOnlyList<StockLine> stock,
        CancellationToken cancellationToken)
    {
        var (run, _) = await StartOrAttachAsync(seedStock, stock, Stock.SeedRunId, cancellationToken);
        await run.ResultAsync(cancellationToken);
    }

    public async Task<int> FulfilAsync(
        WorkflowDefinition<OrderPlaced, Fulfilment> fulfilOrder, OrderFile file, CancellationToken cancellationToken)
    {
        foreach (var row in file.BadRows)
        {
            Console.Error.WriteLine($"line {row.Line} skipped: {row.Reason}");
        }

        var startedAt = TimeProvider.System.GetTimestamp();
        var runs = new List<(RunHandle<Fulfilment> Handle, Standing Standing)>();
        foreach (var orders in file.Orders.Chunk(StartsAtOnce))
        {
            runs.AddRange(await Task.WhenAll(orders.Select(order => StartOrAttachAsync(
                fulfilOrder, new OrderPlaced(order, arguments.PickupDelay), order.ToRunId(), cancellationToken))));
        }

        Console.WriteLine(Greeting(runs.CountBy(run => run.Standing).ToDictionary(), runs.Count));
        var results = runs.Select(run => run.Handle.ResultAsync(cancellationToken)).ToList();
        await new Progress(activity, arguments.Manual).FollowAsync(
            Task.WhenAll(results), () => LookAsync(file, results, cancellationToken), cancellationToken);

        var summary = await Summary.OfAsync(file, results);
        summary.Print(TimeProvider.System.GetElapsedTime(startedAt));
        return summary.Failed.Count == 0 ? 0 : 1;
    }

    private async Task<(RunHandle<TOut> Handle, Standing Standing)> StartOrAttachAsync<TIn, TOut>(
        WorkflowDefinition<TIn, TOut> workflow, TIn input, string runId, CancellationToken cancellationToken)
    {
        try
        {
            var options = new StartRunOptions { RunId = runId };
            return (await world.StartRunAsync(workflow, input, options, cancellationToken), Standing.New);
        }
        catch (ConflictException e) when (e.Code == ErrorCodes.RunConflict)
        {
            var run = world.GetRun<TOut>(runId);
            var stored = await run.GetAsync(cancellationToken);
            return (run, stored.CompletedAt is null ? Standing.Underway : Standing.Over);
        }
    }

    private async Task<Counts> LookAsync(
        OrderFile file, List<Task<Fulfilment>> results, CancellationToken cancellationToken)
    {
        // Hooks come from the database, so that orders which wait in another process are seen as well.
        var page = new PageRequest { Limit = PageRequest.MaxLimit };
        var hooks = await world.Hooks.ListAsync(null, page, cancellationToken);
        if (!arguments.Manual)
        {
            await _manager.DecideAsync(hooks.Items, cancellationToken);
        }

        var tokens = hooks.Items.Select(hook => hook.Token).ToHashSet();
        var waiting = file.Orders.Select(order => order.OrderId)
            .Where(orderId => tokens.Contains(FulfilOrder.ApprovalToken(orderId))).ToList();
        var done = results.Count(result => result.IsCompleted);
        return new Counts(
            done, Math.Max(0, results.Count - done - activity.Sleeping - waiting.Count), activity.Sleeping, waiting);
    }

    private static string Greeting(Dictionary<Standing, int> counts, int total) =>
        counts.GetValueOrDefault(Standing.Over) == total
            ? $"all {total} orders are done already"
            : $"{total} orders: {counts.GetValueOrDefault(Standing.New)} new, "
                + $"{counts.GetValueOrDefault(Standing.Underway)} go on, "
                + $"{counts.GetValueOrDefault(Standing.Over)} done before";
}
