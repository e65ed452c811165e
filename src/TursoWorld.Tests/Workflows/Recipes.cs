using Microsoft.Extensions.DependencyInjection;

namespace TursoWorld.Tests.Workflows;

/// <summary>The recipes of the README, each between its markers: what the tests execute is what is printed there.</summary>
internal static class Recipes
{
    // <saga>
    public static WorkflowDefinition<Purchase, string> Buy(IShop shop) => Workflow.Define<Purchase, string>("buy", async (flow, purchase) =>
    {
        try
        {
            return await flow.SagaAsync(async saga =>
            {
                await saga.StepAsync(
                    "reserve",
                    step => shop.ReserveAsync(purchase.Sku, step.IdempotencyKey),
                    undo: (reservation, step) => shop.ReleaseAsync(reservation, step.IdempotencyKey));

                // A charge that failed may have taken effect nevertheless. So its undo is registered in front of it, names
                // what it undoes without a result, and does no harm when there was no charge.
                saga.OnFailure("refund", step => shop.RefundAsync(purchase.OrderId, step.IdempotencyKey));
                await flow.StepAsync(
                    "charge",
                    step => shop.ChargeAsync(purchase.OrderId, purchase.Amount, step.IdempotencyKey),
                    new() { Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(5)) });

                return await flow.StepAsync("ship", step => shop.ShipAsync(purchase.OrderId, step.IdempotencyKey));
            });
        }
        catch (StepFailedException failure)
        {
            return $"called off: {failure.Error.Message}";     // everything is undone here
        }
    });

    public sealed record Purchase(string OrderId, string Sku, decimal Amount);

    public interface IShop
    {
        Task<string> ReserveAsync(string sku, string key);

        Task ReleaseAsync(string reservation, string key);

        Task ChargeAsync(string orderId, decimal amount, string key);

        Task RefundAsync(string orderId, string key);

        Task<string> ShipAsync(string orderId, string key);
    }
    // </saga>

    // <fan-out>
    public static WorkflowDefinition<Mailing, MailingReport> Send(IMailer mailer) => Workflow.Define<Mailing, MailingReport>("mailing", async (flow, mailing) =>
    {
        var addresses = await flow.StepAsync("addresses", step => mailer.ReadListAsync(mailing.List, step.CancellationToken));
        try
        {
            await flow.ForEachAsync(
                addresses,
                maxParallel: 100,
                address => flow.StepAsync("send", step => mailer.SendAsync(address, mailing.Subject, step.IdempotencyKey)),
                OnItemFailure.Collect);
            return new(addresses.Length, []);
        }
        catch (ItemsFailedException failed)
        {
            var unreached = failed.Failures.Select(failure => addresses[failure.Index]).ToArray();
            return new(addresses.Length - unreached.Length, unreached);
        }
    });

    public sealed record Mailing(string List, string Subject);

    public sealed record MailingReport(int Sent, string[] Unreached);

    public interface IMailer
    {
        Task<string[]> ReadListAsync(string list, CancellationToken cancellationToken);

        Task SendAsync(string address, string subject, string key);
    }
    // </fan-out>

    // <polling>
    public static WorkflowDefinition<Parcel, string> Follow(ICarrier carrier) => Workflow.Define<Parcel, string>("follow", async (flow, parcel) =>
    {
        for (var look = 1; look <= 100; look++)
        {
            var place = await flow.StepAsync("look", step => carrier.FindAsync(parcel.Number, step.CancellationToken));
            if (place == "delivered")
            {
                return $"delivered, seen at look {parcel.Looks + look}";
            }

            await flow.SleepAsync(parcel.Pause);
        }

        throw new ContinueAsNewException(parcel with { Looks = parcel.Looks + 100 });
    });

    public sealed record Parcel(string Number, TimeSpan Pause, int Looks = 0);

    public interface ICarrier
    {
        Task<string> FindAsync(string number, CancellationToken cancellationToken);
    }
    // </polling>

    // <person>
    public static WorkflowDefinition<Expense, string> Approve(IOffice office) => Workflow.Define<Expense, string>("approve", async (flow, expense) =>
    {
        // One hook for as long as the run waits. It is asked for in front of the first mail, so it is there when that arrives.
        var answer = flow.HookAsync<Answer>($"expense:{expense.Id}");
        foreach (var subject in new[] { "Please approve", "Reminder", "Last reminder" })
        {
            await flow.StepAsync("mail", step => office.MailAsync(expense, subject, step.IdempotencyKey));
            try
            {
                // The hook was begun outside, so the end of this time cancels the waiting and not the hook.
                var (isApproved, by) = await flow.WithTimeoutAsync(expense.Patience, () => answer);
                return isApproved ? $"approved by {by}" : $"refused by {by}";
            }
            catch (WorkflowTimeoutException)
            {
                flow.SetAttribute("waiting", subject);         // found by RunQuery.Attribute
            }
        }

        await flow.StepAsync("give-up", step => office.MailAsync(expense, "Expired", step.IdempotencyKey));
        return "expired";
    });

    public sealed record Expense(string Id, decimal Amount, TimeSpan Patience);

    public sealed record Answer(bool IsApproved, string By);

    public interface IOffice
    {
        Task MailAsync(Expense expense, string subject, string key);
    }
    // </person>

    // <elsewhere>
    // What both programs know: the name of the step, its types, and how it is executed.
    [Step("render", Mode = StepMode.Queued, MaxAttempts = 8, TimeoutSeconds = 7_200)]
    public sealed class Render(IRenderer renderer) : Step<string, string>
    {
        public static readonly StepDefinition<string, string> Definition = Step.Of<Render, string, string>();

        public override Task<string> ExecuteAsync(StepContext step, string document) =>
            renderer.RenderAsync(document, step.CancellationToken);
    }

    public interface IRenderer
    {
        Task<string> RenderAsync(string document, CancellationToken cancellationToken);
    }

    // One program has the workflow. It has not registered the step, and needs no renderer.
    public static WorkflowDefinition<string, string> Publish { get; } = Workflow.Define<string, string>("publish", async (flow, document) =>
    {
        var file = await flow.StepAsync(Render.Definition, document);
        return await flow.StepAsync("announce", _ => Task.FromResult($"{file} is out"));
    });

    public static async Task<World> StartPublishingAsync(string databaseUrl)
    {
        var world = WorldFactory.CreateWorld(new() { DatabaseUrl = databaseUrl });
        world.Register(Publish);
        await world.StartAsync();
        return world;
    }

    // Any number of others, on the same file, have a renderer. They know nothing of the workflow.
    public static async Task<World> StartRenderingAsync(string databaseUrl, IRenderer renderer)
    {
        var services = new ServiceCollection().AddSingleton(renderer).BuildServiceProvider();
        var world = WorldFactory.CreateWorld(new() { DatabaseUrl = databaseUrl, Services = services });
        world.Register<Render>();
        await world.StartAsync();
        return world;
    }
    // </elsewhere>
}
