using System.Collections.Concurrent;
using FluentAssertions;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A user signs up: an account, a mail that fails twice, a pause, another mail.</summary>
public abstract class SignUpConformance : WorkflowTests
{
    private readonly ConcurrentQueue<string> _ledger = [];
    private readonly WorkflowDefinition<string, SignedUp> _signUp;

    protected SignUpConformance(Backend backend)
        : base(backend) => _signUp = Workflow.Define<string, SignedUp>("sign-up", async (flow, email) =>
        {
            var userId = await flow.StepAsync("create-user", _ =>
            {
                _ledger.Enqueue("user");
                return email.Contains('@')
                    ? Task.FromResult("u-1")
                    : throw new FatalStepException($"'{email}' is no address.");
            });
            var patient = new StepOptions { Retry = RetryPolicy.Exponential(maxAttempts: 5) };
            await flow.StepAsync("welcome-mail", step =>
            {
                _ledger.Enqueue($"welcome {step.Attempt}");
                return step.Attempt < 3 ? throw new InvalidOperationException("The mail server is down.") : Task.CompletedTask;
            }, patient);
            await flow.SleepAsync(TimeSpan.FromSeconds(1));
            await flow.StepAsync("onboarding-mail", _ =>
            {
                _ledger.Enqueue("onboarding");
                return Task.CompletedTask;
            });
            return new SignedUp(userId, "onboarded");
        });

    [Fact]
    public async Task A_user_is_onboarded_although_the_mail_fails_twice()
    {
        var world = await Worlds.StartAsync(_signUp);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(_signUp, "ada@example.com", cancellationToken: Limit);

        for (var pause = 0; pause < 3; pause++) // two retries and the sleep
        {
            await ParkedAsync(transitions, run);
            Clock.Advance(TimeSpan.FromSeconds(3));
        }

        (await ResultAsync(world, run)).Should().Be(new SignedUp("u-1", "onboarded"));
        _ledger.Should().Equal("user", "welcome 1", "welcome 2", "welcome 3", "onboarding");
        Replay.Given(await world.LogAsync(run.RunId)).When(_signUp).Engine.IsOver.Should().BeTrue();
        _ledger.Should().HaveCount(5, "a replay executes no step");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task An_address_that_is_none_fails_the_run_after_one_attempt()
    {
        var world = await Worlds.StartAsync(_signUp);
        var run = await world.StartRunAsync(_signUp, "ada", cancellationToken: Limit);

        (await FailureAsync(world, run)).Error!.Message.Should().Contain("'ada' is no address.");

        _ledger.Should().Equal("user");
        var step = (await world.Steps.ListAsync(run.RunId, cancellationToken: Limit)).Items.Should().ContainSingle().Subject;
        (step.Status, step.Attempt).Should().Be((StepStatus.Failed, 1));
        await world.ShouldBeSoundAsync();
    }

    private sealed record SignedUp(string UserId, string Status);
}

public sealed class SqliteFileSignUpTests() : SignUpConformance(Backend.SqliteFile);

public sealed class SqliteMemorySignUpTests() : SignUpConformance(Backend.SqliteMemory);
