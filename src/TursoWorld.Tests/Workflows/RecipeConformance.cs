using System.Collections.Concurrent;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>The recipes of the README do what it says of them.</summary>
public abstract class RecipeConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _ledger = [];

    [Fact]
    public async Task A_purchase_that_goes_well_undoes_nothing()
    {
        var buy = Recipes.Buy(new Shop(_ledger, isCardGood: true));
        var world = await Worlds.StartAsync(buy);

        var run = await world.StartRunAsync(buy, new("O-1", "lamp", 20), cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("parcel of O-1");
        _ledger.Should().Equal("reserve lamp", "charge O-1", "ship O-1");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_purchase_that_cannot_be_paid_is_undone_in_reverse_order_and_called_off()
    {
        var buy = Recipes.Buy(new Shop(_ledger, isCardGood: false));
        var world = await Worlds.StartAsync(buy);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(buy, new("O-1", "lamp", 20), cancellationToken: Limit);

        for (var failure = 1; failure < 3; failure++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromSeconds(10));
        }

        (await ResultAsync(world, run)).Should().Be("called off: no answer");
        _ledger.Should().Equal("reserve lamp", "charge O-1", "charge O-1", "charge O-1", "refund O-1", "release place of lamp");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Ten_thousand_mails_are_sent_and_the_report_names_those_that_could_not_be()
    {
        var send = Recipes.Send(new Mailer(_ledger));
        var world = await Worlds.StartAsync(send);

        var run = await world.StartRunAsync(send, new("everybody", "News"), cancellationToken: Limit);

        var report = await run.ResultAsync(Limit);
        report.Sent.Should().Be(9_998);
        report.Unreached.Should().Equal("17@example.com", "9999@example.com");
        _ledger.Should().HaveCount(9_998).And.OnlyHaveUniqueItems();
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task A_parcel_is_followed_and_no_log_grows_beyond_a_hundred_looks()
    {
        var follow = Recipes.Follow(new Carrier(looks: 205));
        var world = await Worlds.StartAsync(follow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(follow, new("P-1", Pause), cancellationToken: Limit);

        for (var look = 1; look < 205; look++)
        {
            await transitions.NextAsync(TransitionKind.RunParked);
            Clock.Advance(Pause);
        }

        (await ResultAsync(world, run)).Should().Be("delivered, seen at look 205");
        var chain = (await world.Runs.ListAsync(cancellationToken: Limit)).Items;
        chain.Should().HaveCount(3);
        foreach (var link in chain)
        {
            (await world.LogAsync(link.RunId)).Count.Should().BeLessThanOrEqualTo(3 + (4 * 100));
        }

        await world.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0, "Please approve")]
    [InlineData(1, "Please approve", "Reminder")]
    [InlineData(2, "Please approve", "Reminder", "Last reminder")]
    public async Task Somebody_who_is_reminded_answers_and_nothing_more_is_sent(int reminders, params string[] mails)
    {
        var approve = Recipes.Approve(new Office(_ledger));
        var world = await Worlds.StartAsync(approve);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(approve, new("E-1", 250, Pause), cancellationToken: Limit);
        await PausesAsync(reminders, transitions, run);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("expense:E-1", new Recipes.Answer(true, "Grace"), Limit);

        (await ResultAsync(world, run)).Should().Be("approved by Grace");
        _ledger.Should().Equal(mails);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Nobody_answers_so_the_run_gives_up_and_its_hook_is_free()
    {
        var approve = Recipes.Approve(new Office(_ledger));
        var world = await Worlds.StartAsync(approve);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(approve, new("E-1", 250, Pause), cancellationToken: Limit);

        await PausesAsync(3, transitions, run);

        (await ResultAsync(world, run)).Should().Be("expired");
        _ledger.Should().Equal("Please approve", "Reminder", "Last reminder", "Expired");
        (await world.Hooks.FindByTokenAsync("expense:E-1", Limit)).Should().BeNull();
        (await run.GetAsync(Limit)).Attributes.Should().Contain("waiting", "Last reminder");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_step_waits_for_somebody_who_can_execute_it()
    {
        await using var services = new ServiceCollection().AddSingleton<Recipes.IRenderer, Renderer>().BuildServiceProvider();
        var world = await Worlds.StartAsync(options => options.Services = services, Recipes.Publish);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Recipes.Publish, "catalogue", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        world.Register<Recipes.Render>();

        (await ResultAsync(world, run)).Should().Be("catalogue.pdf is out");
        await world.ShouldBeSoundAsync();
    }

    private async Task PausesAsync(int count, Transitions transitions, RunHandle run)
    {
        for (var pause = 0; pause < count; pause++)
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(Pause);
        }
    }

    private sealed class Shop(ConcurrentQueue<string> ledger, bool isCardGood) : Recipes.IShop
    {
        public Task<string> ReserveAsync(string sku, string key) => Done($"reserve {sku}", $"place of {sku}");

        public Task ReleaseAsync(string reservation, string key) => Done($"release {reservation}", "");

        public Task ChargeAsync(string orderId, decimal amount, string key) =>
            isCardGood ? Done($"charge {orderId}", "") : Done($"charge {orderId}", "").ContinueWith(
                _ => throw new TimeoutException("no answer"), TaskScheduler.Default);

        public Task RefundAsync(string orderId, string key) => Done($"refund {orderId}", "");

        public Task<string> ShipAsync(string orderId, string key) => Done($"ship {orderId}", $"parcel of {orderId}");

        private Task<string> Done(string line, string result)
        {
            ledger.Enqueue(line);
            return Task.FromResult(result);
        }
    }

    private sealed class Mailer(ConcurrentQueue<string> ledger) : Recipes.IMailer
    {
        public Task<string[]> ReadListAsync(string list, CancellationToken cancellationToken) =>
            Task.FromResult(Enumerable.Range(0, 10_000).Select(number => $"{number}@example.com").ToArray());

        public Task SendAsync(string address, string subject, string key)
        {
            if (address is "17@example.com" or "9999@example.com")
            {
                throw new FatalStepException("no such user");
            }

            ledger.Enqueue(address);
            return Task.CompletedTask;
        }
    }

    private sealed class Carrier(int looks) : Recipes.ICarrier
    {
        private int _looks;

        public Task<string> FindAsync(string number, CancellationToken cancellationToken) =>
            Task.FromResult(++_looks < looks ? "on its way" : "delivered");
    }

    private sealed class Office(ConcurrentQueue<string> ledger) : Recipes.IOffice
    {
        public Task MailAsync(Recipes.Expense expense, string subject, string key)
        {
            ledger.Enqueue(subject);
            return Task.CompletedTask;
        }
    }

    private sealed class Renderer : Recipes.IRenderer
    {
        public Task<string> RenderAsync(string document, CancellationToken cancellationToken) => Task.FromResult($"{document}.pdf");
    }
}

public sealed class SqliteFileRecipeTests() : RecipeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRecipeTests() : RecipeConformance(Backend.SqliteMemory);
