using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>
/// What the code cannot read of what is recorded blocks its run and fails nothing; so does a class of which no instance can be made. Once
/// a process can, the run goes on as if nothing had been.
/// </summary>
public abstract class UnreadableConformance(Backend backend) : WorkflowTests(backend)
{
    private readonly Deployment _deployment = new();
    private readonly List<string> _bodies = [];
    private readonly List<string> _caught = [];

    [Fact]
    public async Task An_input_blocks_the_run_before_its_code_begins()
    {
        var workflow = Workflow.Define<Order, string>("order", (flow, order) =>
        {
            Did("code");
            return Task.FromResult(order.Id);
        });

        await ShouldBlockAndGoOnAsync(workflow, "The input of workflow 'order'");

        _bodies.Should().Equal("code");
    }

    [Fact]
    public async Task The_result_of_a_step_blocks_the_run_and_no_handler_of_errors_runs()
    {
        var workflow = Workflow.Define<string, string>("step", async (flow, id) =>
        {
            try
            {
                var order = await flow.StepAsync("charge", _ => Task.FromResult(new Order(Did(id))));
                var result = await flow.TryStepAsync("ship", _ => Task.FromResult(new Order(Did($"ship {order.Id}"))));
                return result.Value!.Id;
            }
            catch (Exception exception)
            {
                _caught.Add(exception.Message);
                throw;
            }
            finally
            {
                _caught.Add("finally");
            }
        });

        await ShouldBlockAndGoOnAsync(workflow, "The result of step 'charge'", "ship 7");

        _bodies.Should().Equal("7", "ship 7");
        _caught.Should().Equal("finally");
    }

    [Fact]
    public async Task A_saga_is_not_undone()
    {
        var workflow = Workflow.Define<string, string>("saga", (flow, id) => flow.SagaAsync(async saga =>
        {
            await saga.StepAsync("room", _ => Task.FromResult(Did("book")), (_, _) => Task.FromResult(Did("undo")));
            return (await flow.StepAsync("charge", _ => Task.FromResult(new Order(Did(id))))).Id;
        }));

        await ShouldBlockAndGoOnAsync(workflow, "The result of step 'charge'");

        _bodies.Should().Equal("book", "7");
    }

    [Fact]
    public async Task What_executes_beside_it_ends_and_is_not_executed_again()
    {
        var go = new TaskCompletionSource();
        var workflow = Workflow.Define<string, string>("beside", async (flow, id) =>
        {
            var slow = flow.StepAsync("slow", async _ =>
            {
                await go.Task;
                return Did("slow");
            });
            var order = await flow.StepAsync("charge", _ => Task.FromResult(new Order(Did(id))));
            await slow;
            return order.Id;
        });
        _deployment.IsReadable = false;
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.StepEnded, run.RunId, "charge");

        go.SetResult();

        await ShouldBeBlockedAsync(transitions, run, "The result of step 'charge'");
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Status.Should().Be(StepStatus.Completed);
        await ShouldGoOnAsync(world, run, "7");
        _bodies.Should().BeEquivalentTo(["slow", "7"]);
    }

    [Fact]
    public async Task The_payload_of_a_hook_blocks_the_run()
    {
        var workflow = Workflow.Define<string, string>("hook", async (flow, id) =>
        {
            try
            {
                return (await flow.HookAsync<Order>($"paid-{id}")).Id;
            }
            catch (SerializationException exception)
            {
                return exception.Message;
            }
        });
        _deployment.IsReadable = false;
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);
        await ParkedAsync(transitions, run);

        await world.ResumeHookAsync("paid-7", new Order("paid"), Limit);

        await ShouldBeBlockedAsync(transitions, run, "The payload of hook 'paid-7'");
        await ShouldGoOnAsync(world, run, "paid");
    }

    [Fact]
    public async Task The_result_of_a_child_blocks_the_parent()
    {
        var child = Workflow.Define<string, Order>("child", (flow, id) => Task.FromResult(new Order(id)));
        var workflow = Workflow.Define<string, string>("parent", async (flow, id) => (await flow.StartChild(child, id).ResultAsync()).Id);

        await ShouldBlockAndGoOnAsync(workflow, "The result of child", others: child);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_value_of_the_state_blocks_the_run_whatever_the_code_makes_of_the_exception(bool goesOn)
    {
        var workflow = Workflow.Define<string, string>("state", async (flow, id) =>
        {
            flow.State.Set("order", new Order(id));
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            try
            {
                return flow.State.Get<Order>("order").Id;
            }
            catch (Exception)
            {
                if (goesOn)
                {
                    await flow.StepAsync("never", _ => Task.FromResult(Did("never")));
                }

                return "swallowed";
            }
        });

        await ShouldBlockAndGoOnAsync(workflow, "The value of 'order' in the state of the run");

        _bodies.Should().BeEmpty();
    }

    [Fact]
    public async Task The_input_of_a_queued_step_is_no_attempt()
    {
        var step = Step.Define<Order, string>(
            "charge", (order, _) => Task.FromResult(Did(order.Id)), new() { Mode = StepMode.Queued, Retry = RetryPolicy.None });
        var workflow = Workflow.Define<string, string>("queued", (flow, id) => flow.StepAsync(step, new Order(id)));
        _deployment.IsReadable = false;
        var world = await StartAsync(workflow);
        world.Register(step);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);

        await ShouldBeBlockedAsync(transitions, run, "The input of step 'charge'");
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Should().BeEquivalentTo(new { Status = StepStatus.Pending, Attempt = 0 });
        await ShouldGoOnAsync(world, run, "7");
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Attempt.Should().Be(1);
        _bodies.Should().Equal("7");
    }

    [Fact]
    public async Task A_queued_step_that_is_given_up_takes_its_reason_along()
    {
        var step = Step.Define<Order, string>("charge", (order, _) => Task.FromResult(Did(order.Id)), new() { Mode = StepMode.Queued });
        var workflow = Workflow.Define<string, string>("given-up", async (flow, id) =>
        {
            try
            {
                await flow.WithTimeoutAsync(TimeSpan.FromMinutes(1), () => flow.StepAsync(step, new Order(id)));
            }
            catch (WorkflowTimeoutException)
            {
                await flow.HookAsync<string>("go-on");
            }

            return id;
        });
        _deployment.IsReadable = false;
        var world = await StartAsync(workflow);
        world.Register(step);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);
        await ShouldBeBlockedAsync(transitions, run, "The input of step 'charge'");
        while (await world.Hooks.FindByTokenAsync("go-on", Limit) is null)
        {
            Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Limit);
        }

        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull();
        await world.ResumeHookAsync("go-on", "", Limit);
        (await ResultAsync(world, run)).Should().Be("7");
        _bodies.Should().BeEmpty();
    }

    [Theory]
    [InlineData(StepMode.Inline)]
    [InlineData(StepMode.Queued)]
    public async Task A_class_of_a_step_that_cannot_be_made_is_no_failed_attempt(StepMode mode)
    {
        var step = Step.Of<Greet, string, string>();
        var workflow = Workflow.Define<string, string>(
            "classes", (flow, name) => flow.StepAsync(step, name, new() { Mode = mode, Retry = RetryPolicy.None }));
        _deployment.CanMake = false;
        var world = await StartAsync(workflow);
        world.Register(step);
        var transitions = Watch(world);

        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);

        await ShouldBeBlockedAsync(transitions, run, "No instance of", typeof(Greet).ToString(), "the provider is disposed");
        await ShouldGoOnAsync(world, run, "Hello 7, attempt 1");
        (await world.Steps.GetAsync(run.RunId, "step_1", cancellationToken: Limit)).Should().BeEquivalentTo(new { Status = StepStatus.Completed, Attempt = 1 });
    }

    [Fact]
    public async Task A_class_of_a_workflow_that_cannot_be_made_blocks_the_run_however_often_it_is_tried()
    {
        var workflow = Workflow.Of<Greeting, string, string>();
        _deployment.CanMake = false;
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, "7", cancellationToken: Limit);
        for (var attempt = 0; attempt < 60; attempt++)
        {
            await ShouldBeBlockedAsync(transitions, run, "No instance of", typeof(Greeting).ToString(), "the provider is disposed");
            Clock.Advance(TimeSpan.FromSeconds(80));
        }

        await ShouldGoOnAsync(world, run, "Hello 7");
    }

    [Fact]
    public async Task A_blocked_run_can_be_cancelled()
    {
        var workflow = Workflow.Define<Order, string>("cancelled", (flow, order) => Task.FromResult(order.Id));
        _deployment.IsReadable = false;
        var world = await StartAsync(workflow);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(workflow, new Order("7"), cancellationToken: Limit);
        await ShouldBeBlockedAsync(transitions, run, "The input");

        await run.CancelAsync("enough", Limit);

        (await FailureAsync(world, run)).CancelReason.Should().Be("enough");
        (await run.GetAsync(Limit)).Should().BeEquivalentTo(new { Status = RunStatus.Cancelled, BlockedReason = (string?)null });
        await world.ShouldBeSoundAsync();
    }

    private Task<World> StartAsync(params WorkflowDefinition[] workflows) => Worlds.StartAsync(
        options =>
        {
            options.SerializerOptions = new JsonSerializerOptions { Converters = { new OrderConverter(_deployment) } };
            options.Services = _deployment;
        },
        workflows);

    private async Task ShouldBlockAndGoOnAsync<TIn>(
        WorkflowDefinition<TIn, string> workflow, string what, string result = "7", params WorkflowDefinition[] others)
    {
        _deployment.IsReadable = false;
        var world = await StartAsync([workflow, .. others]);
        var transitions = Watch(world);
        object input = typeof(TIn) == typeof(Order) ? new Order("7") : "7";
        var run = await world.StartRunAsync(workflow, (TIn)input, cancellationToken: Limit);
        if (workflow.Name == "state")
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromSeconds(2));
        }

        await ShouldBeBlockedAsync(transitions, run, what, typeof(Order).ToString(), "Path: $");
        await ShouldGoOnAsync(world, run, result);
    }

    private static async Task ShouldBeBlockedAsync(Transitions transitions, RunHandle run, params string[] words)
    {
        var reason = (await transitions.NextAsync(TransitionKind.RunBlocked, run.RunId)).Detail;
        reason.Should().ContainAll(words).And.Contain("tried again by itself");
        var blocked = await run.GetAsync(Limit);
        blocked.BlockedReason.Should().Be(reason);
        blocked.Error.Should().BeNull();
    }

    /// <summary>A program is deployed that can do it.</summary>
    private async Task ShouldGoOnAsync(World world, RunHandle<string> run, string result)
    {
        (_deployment.IsReadable, _deployment.CanMake) = (true, true);
        (await AdvanceUntilAsync(run.ResultAsync(Limit), TimeSpan.FromSeconds(10))).Should().Be(result);
        (await run.GetAsync(Limit)).BlockedReason.Should().BeNull();
        await world.ShouldBeSoundAsync();
    }

    private string Did(string what)
    {
        lock (_bodies)
        {
            _bodies.Add(what);
        }

        return what;
    }

    public sealed record Order(string Id);

    [Step("greet")]
    public sealed class Greet : Step<string, string>
    {
        public Greet(IServiceProvider services) => Deployment.Require(services);

        public override Task<string> ExecuteAsync(StepContext step, string input) => Task.FromResult($"Hello {input}, attempt {step.Attempt}");
    }

    [Workflow("greeting")]
    public sealed class Greeting : Workflow<string, string>
    {
        public Greeting(IServiceProvider services) => Deployment.Require(services);

        public override Task<string> ExecuteAsync(WorkflowContext flow, string input) => Task.FromResult($"Hello {input}");
    }

    /// <summary>What the deployed program can do.</summary>
    private sealed class Deployment : IServiceProvider
    {
        public bool IsReadable { get; set; } = true;

        public bool CanMake { get; set; } = true;

        public static void Require(IServiceProvider services)
        {
            if (services is Deployment { CanMake: false })
            {
                throw new ObjectDisposedException("services", "the provider is disposed");
            }
        }

        public object? GetService(Type serviceType) => serviceType == typeof(IServiceProvider) ? this : null;
    }

    private sealed class OrderConverter(Deployment deployment) : JsonConverter<Order>
    {
        public override Order Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            deployment.IsReadable ? new Order(reader.GetString()!) : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, Order value, JsonSerializerOptions options) => writer.WriteStringValue(value.Id);
    }
}
