using System.Text.Json.Serialization;
using TursoWorld;

namespace ConsoleApp;

/// <summary>
/// Input of a run. The delay is part of it: a run goes on as it began, however the program is started the second time.
/// </summary>
internal sealed record OrderPlaced(Order Order, TimeSpan PickupDelay);

internal sealed record Approval(bool Accepted);

internal sealed record Fulfilment(Order Order, Outcome Outcome, string Detail);

[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
internal enum Outcome
{
    Shipped,
    Declined,
    Rejected,
}

internal sealed class FulfilOrder(Gateway gateway, IReadOnlySet<string> skus, Activity activity)
{
    public const string Name = "fulfil-order";
    public const decimal ApprovalLimit = 1000;

    /// <summary>A kill costs every step that is under way an attempt, and this program is meant to be killed often.</summary>
    public static readonly StepOptions Patient = new()
    {
        Retry = RetryPolicy.Exponential(
            maxAttempts: 100, initialDelay: TimeSpan.FromMilliseconds(50), maxDelay: TimeSpan.FromSeconds(2)),
    };

    public static string ApprovalToken(string orderId) => $"approve:{orderId}";

    public WorkflowDefinition<OrderPlaced, Fulfilment> Define() =>
        Workflow.Define<OrderPlaced, Fulfilment>(Name, RunAsync);

    private async Task<Fulfilment> RunAsync(WorkflowContext flow, OrderPlaced placed)
    {
        var order = placed.Order;

        var objection = await flow.StepAsync("validate", _ => ValidateAsync(order), Patient)
            ?? await flow.TransactionAsync("reserve-stock", (tx, _) => ReserveAsync(tx, order), Patient);
        if (objection is not null)
        {
            return new Fulfilment(order, Outcome.Rejected, objection);
        }

        if (order.Amount > ApprovalLimit)
        {
            var approval = await flow.HookAsync<Approval>(ApprovalToken(order.OrderId));
            if (!approval.Accepted)
            {
                await flow.TransactionAsync("release-stock", (tx, _) => ReleaseAsync(tx, order), Patient);
                return new Fulfilment(order, Outcome.Declined, "declined by the manager");
            }
        }

        // When even the last attempt fails, nobody knows whether money has moved. So nothing is undone here: the run
        // fails with the reservation in place, and a person looks.
        await flow.StepAsync("charge", step => ChargeAsync(order, step), Patient);

        // A replay runs these lines again, which does no harm: they only move the order on the display.
        activity.FellAsleep(order.OrderId);
        await flow.SleepAsync(placed.PickupDelay);
        activity.WokeUp(order.OrderId);

        var parcel = await flow.StepAsync("ship", ShipAsync, Patient);
        return new Fulfilment(order, Outcome.Shipped, parcel);
    }

    private Task<string?> ValidateAsync(Order order)
    {
        activity.StepRan();
        return Task.FromResult(order switch
        {
            { Quantity: <= 0 } => $"quantity {order.Quantity} is not positive",
            { Amount: <= 0 } => FormattableString.Invariant($"amount {order.Amount} is not positive"),
            _ when !skus.Contains(order.Sku) => $"there is no sku '{order.Sku}'",
            _ => null,
        });
    }

    private Task<string?> ReserveAsync(StepTransaction tx, Order order)
    {
        activity.StepRan();
        return Stock.ReserveAsync(tx, order);
    }

    private Task ReleaseAsync(StepTransaction tx, Order order)
    {
        activity.StepRan();
        return Stock.ReleaseAsync(tx, order);
    }

    private Task<Charge> ChargeAsync(Order order, StepContext step)
    {
        activity.StepRan();
        return gateway.ChargeAsync(
            new Charge(step.IdempotencyKey, order.OrderId, order.Amount), step.Attempt, step.CancellationToken);
    }

    private async Task<string> ShipAsync(StepContext step)
    {
        activity.StepRan();
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, step.CancellationToken);
        return $"parcel {step.RunId[^8..]}";
    }
}
