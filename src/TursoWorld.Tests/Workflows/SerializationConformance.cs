using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Values come back as they went, wherever they go through a run.</summary>
public abstract class SerializationConformance(Backend backend) : WorkflowTests(backend)
{
    /// <summary>Values that must not be taken for one another, and how each is written.</summary>
    private static readonly (object? Value, string Json)[] Values =
    [
        (null, "null"),
        (0, "0"),
        ("", "\"\""),
        (false, "false"),
        (new DateTimeOffset(2026, 2, 28, 23, 59, 59, 123, TimeSpan.FromHours(2)), "\"2026-02-28T23:59:59.123+02:00\""),
        (new Nested([new Nested([], null)], ""), """{"Children":[{"Children":[],"Note":null}],"Note":""}"""),
        ((1, "one"), """{"Item1":1,"Item2":"one"}"""),
        (BigInteger.Pow(10, 30), "1000000000000000000000000000000"),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public Task A_value_is_the_same_behind_input_step_hook_and_result(int index) => Values[index].Value switch
    {
        null => GoesRoundAsync<string?>(null, Values[index].Json),
        int value => GoesRoundAsync(value, Values[index].Json),
        string value => GoesRoundAsync(value, Values[index].Json),
        bool value => GoesRoundAsync(value, Values[index].Json),
        DateTimeOffset value => GoesRoundAsync(value, Values[index].Json),
        ValueTuple<int, string> value => GoesRoundAsync(value, Values[index].Json),
        BigInteger value => GoesRoundAsync(value, Values[index].Json),
        var value => GoesRoundAsync((Nested)value, Values[index].Json),
    };

    [Fact]
    public async Task A_step_without_a_result_has_none_which_is_not_null()
    {
        var workflow = Workflow.Define<int, string?>("steps", async (flow, _) =>
        {
            await flow.StepAsync("nothing", _ => Task.CompletedTask);
            return await flow.StepAsync("null", _ => Task.FromResult<string?>(null));
        });
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);
        await ResultAsync(world, run);

        var steps = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items;

        steps[0].Output.Should().BeNull();
        Encoding.UTF8.GetString(steps[1].Output!.Value.Span).Should().Be("null");
    }

    [Fact]
    public async Task Everything_goes_through_the_serializer_that_was_given()
    {
        var workflow = Define<string>();
        var serializer = new Shouting();
        var world = await Worlds.StartAsync(options => options.Serializer = serializer, workflow);
        var run = await world.StartRunAsync(workflow, "in", cancellationToken: Limit);
        await ResumeAsync(world, run, "hook");

        (await ResultAsync(world, run)).Should().Be("hook");
        var stored = await run.GetAsync(Limit);
        var step = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0];
        var received = (await world.LogAsync(run.RunId)).OfType<WorkflowEvent.HookReceived>().Single();
        new[] { stored.Input, step.Output, received.Payload, stored.Output }.Select(Text)
            .Should().Equal("!\"in\"", "!\"in\"", "!\"hook\"", "!\"hook\"");
    }

    [Fact]
    public async Task A_generated_context_serves_a_whole_run_without_reflection()
    {
        var workflow = Define<Nested>();
        var world = await Worlds.StartAsync(
            options => options.SerializerOptions = new JsonSerializerOptions { TypeInfoResolver = NestedTypes.Default }, workflow);
        var run = await world.StartRunAsync(workflow, new Nested([], "a"), cancellationToken: Limit);
        await ResumeAsync(world, run, new Nested([], "b"));

        (await ResultAsync(world, run)).Note.Should().Be("b");
        var unknown = () => world.ResumeHookAsync("none", 1m, Limit);
        await unknown.Should().ThrowAsync<SerializationException>().WithMessage("*[JsonSerializable(typeof(Decimal))]*");
    }

    [Fact]
    public async Task A_step_whose_result_cannot_be_serialized_fails_at_once()
    {
        var workflow = Workflow.Define<int, string>("refused", (flow, _) =>
            flow.StepAsync("step", _ => Task.FromResult(Shouting.Refused)));
        var world = await Worlds.StartAsync(options => options.Serializer = new Shouting(), workflow);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);

        var failure = await FailureAsync(world, run);

        failure.Error!.Code.Should().Be(ErrorCodes.Serialization);
        failure.Error.Cause!.Message.Should().Be("I do not say that.");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0].Attempt.Should().Be(1);
    }

    [Fact]
    public async Task A_result_that_would_come_back_as_another_one_fails_its_step_and_is_not_tried_again()
    {
        var workflow = Workflow.Define<int, string>("derived", async (flow, _) =>
            (await flow.StepAsync("step", _ => Task.FromResult<Base>(new Derived("a", 1)))).Name);
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, 1, cancellationToken: Limit);

        var failure = await FailureAsync(world, run);

        failure.Error!.Code.Should().Be(ErrorCodes.Serialization);
        failure.Error.Message.Should().Contain("step 'step'").And.Contain("Derived stands where").And.Contain("[JsonDerivedType");
        (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0].Attempt.Should().Be(1);
    }

    [Fact]
    public async Task Types_whose_values_do_not_survive_are_refused_when_they_are_registered()
    {
        var workflow = Workflow.Define<int, Lossy>("lossy", (_, _) => Task.FromResult(new Lossy()));
        var step = Step.Define<Lossy, int>("lossy", (_, _) => Task.FromResult(1));
        var world = Worlds.Create();

        var withWorkflow = () => world.Register(workflow);
        var withStep = () => world.Register(step);
        var start = () => world.StartRunAsync(Workflow.Define<Lossy, int>("w", (_, _) => Task.FromResult(1)), new Lossy(), cancellationToken: Limit);

        withWorkflow.Should().Throw<SerializationException>().WithMessage("The result of workflow 'lossy'*'Count' of*Lossy*");
        withStep.Should().Throw<SerializationException>().WithMessage("The input of step 'lossy'*'Count' of*Lossy*");
        await start.Should().ThrowAsync<SerializationException>();
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task An_input_that_cannot_be_serialized_starts_nothing()
    {
        var world = Worlds.Create(options => options.Serializer = new Shouting());

        var start = () => world.StartRunAsync(Define<string>(), Shouting.Refused, cancellationToken: Limit);

        await start.Should().ThrowAsync<SerializationException>();
        (await world.Runs.ListAsync(cancellationToken: Limit)).Items.Should().BeEmpty();
    }

    [Fact]
    public void A_serializer_and_options_for_another_one_are_refused()
    {
        var create = () => Worlds.Create(options =>
            (options.Serializer, options.SerializerOptions) = (new Shouting(), JsonSerializerOptions.Default));

        create.Should().Throw<InvalidOptionsException>().WithMessage("Serializer and SerializerOptions*");
    }

    private static WorkflowDefinition<T, T> Define<T>() => Workflow.Define<T, T>("round", async (flow, input) =>
    {
        await flow.StepAsync("echo", _ => Task.FromResult(input));
        return await flow.HookAsync<T>("round");
    });

    private async Task GoesRoundAsync<T>(T value, string json)
    {
        var workflow = Define<T>();
        var world = await Worlds.StartAsync(workflow);
        var run = await world.StartRunAsync(workflow, value, cancellationToken: Limit);
        await ResumeAsync(world, run, value);

        (await ResultAsync(world, run)).Should().BeEquivalentTo(value);
        var stored = await run.GetAsync(Limit);
        var payloads = new[] { stored.Input, (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items[0].Output, stored.Output };
        payloads.Select(Text).Select(text => text!.Replace("\\u002B", "+", StringComparison.Ordinal)).Should().AllBe(json);
    }

    private static async Task ResumeAsync<T>(World world, RunHandle run, T payload)
    {
        await ParkedAsync(Watch(world), run, world);
        await world.ResumeHookAsync("round", payload, Limit);
    }

    /// <summary>The hook is there, whether or not it came before anybody watched.</summary>
    private static async Task ParkedAsync(Transitions transitions, RunHandle run, World world)
    {
        while (await world.Hooks.FindByTokenAsync("round", Limit) is null)
        {
            await transitions.NextAsync(Diagnostics.TransitionKind.TurnWritten, run.RunId);
        }
    }

    private static string? Text(ReadOnlyMemory<byte>? payload) =>
        payload is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

    internal sealed record Nested(IReadOnlyList<Nested> Children, string? Note);

    private record Base(string Name);

    private sealed record Derived(string Name, int More) : Base(Name);

    private sealed class Lossy
    {
        public int Count { get; private set; }

        public void Add() => Count++;
    }

    private sealed class Shouting : IPayloadSerializer
    {
        public const string Refused = "refused";

        public ReadOnlyMemory<byte> Serialize(object? value, Type type) => value is Refused
            ? throw new NotSupportedException("I do not say that.")
            : Encoding.UTF8.GetBytes("!" + JsonSerializer.Serialize(value, type));

        public object? Deserialize(ReadOnlyMemory<byte> payload, Type type) =>
            JsonSerializer.Deserialize(payload.Span[1..], type);
    }
}

[JsonSerializable(typeof(SerializationConformance.Nested))]
internal sealed partial class NestedTypes : JsonSerializerContext;
