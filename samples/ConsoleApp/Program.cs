using System.Runtime.InteropServices;
using ConsoleApp;
using Microsoft.Data.Sqlite;
using TursoWorld;
using static TursoWorld.WorldFactory;

using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

try
{
    var arguments = Arguments.Parse(args);
    return arguments.Command switch
    {
        Command.Help => Help(),
        Command.Verify => await VerifyAsync(arguments),
        Command.Approve => await DecideAsync(arguments, new Approval(Accepted: true)),
        Command.Decline => await DecideAsync(arguments, new Approval(Accepted: false)),
        _ => await FulfilAsync(arguments),
    };
}
catch (UsageException e)
{
    return Fail(2, $"{e.Message}; --help shows the usage");
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    Console.WriteLine("stopped; start again to go on");
    return 130;
}
catch (Exception e) when (
    e is WorldException or SqliteException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    return Fail(1, e.Message);
}

void Stop(PosixSignalContext signal)
{
    // The second Ctrl-C ends the process at once, which loses nothing either.
    signal.Cancel = !stopping.IsCancellationRequested;
    stopping.Cancel();
}

static int Fail(int exitCode, string message)
{
    Console.Error.WriteLine($"error: {message.ReplaceLineEndings(" ")}");
    return exitCode;
}

static int Help()
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

async Task<int> FulfilAsync(Arguments arguments)
{
    var file = OrderFile.Read(arguments.File ?? OrderFile.ShippedOrders);
    var stock = OrderFile.ReadStock();
    using var ledger = new Ledger(arguments.LedgerPath);
    var activity = new Activity();
    var seedStock = Stock.DefineSeed();
    var skus = stock.Select(line => line.Sku).ToHashSet();
    var fulfilOrder = new FulfilOrder(new Gateway(ledger), skus, activity).Define();

    // A ledger that cannot be used stops the program here, and not every order on its way.
    await ledger.RepairAsync(stopping.Token);

    await using var world = CreateWorld(new() { DatabaseUrl = arguments.DatabaseUrl });
    world.Register(seedStock, fulfilOrder);
    await world.StartAsync(stopping.Token);

    var desk = new OrderDesk(world, arguments, activity);
    await desk.SeedAsync(seedStock, stock, stopping.Token);
    return await desk.FulfilAsync(fulfilOrder, file, stopping.Token);
}

async Task<int> DecideAsync(Arguments arguments, Approval approval)
{
    await using var world = OpenExisting(arguments);
    try
    {
        await world.ResumeHookAsync(FulfilOrder.ApprovalToken(arguments.OrderId), approval, stopping.Token);
    }
    catch (NotFoundException e) when (e.Code == ErrorCodes.HookNotFound)
    {
        return Fail(1, $"order {arguments.OrderId} does not wait for approval in {arguments.DatabaseUrl}");
    }

    Console.WriteLine($"order {arguments.OrderId} {(approval.Accepted ? "approved" : "declined")}");
    return 0;
}

async Task<int> VerifyAsync(Arguments arguments)
{
    var file = arguments.File is null ? null : OrderFile.Read(arguments.File);
    using var ledger = new Ledger(arguments.LedgerPath);
    await using var world = OpenExisting(arguments);
    return await new Verify(world, ledger, arguments.DatabasePath).RunAsync(file, stopping.Token);
}

// Without StartAsync the world answers questions and stores decisions, and leaves the work to others.
static World OpenExisting(Arguments arguments) => File.Exists(arguments.DatabasePath)
    ? CreateWorld(new() { DatabaseUrl = arguments.DatabaseUrl })
    : throw new FileNotFoundException($"There is no database '{arguments.DatabasePath}'; fulfil some orders first.");
