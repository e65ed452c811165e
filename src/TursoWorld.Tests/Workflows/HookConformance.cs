using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class HookConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", (flow, token) => flow.HookAsync<string>(token));

    [Fact]
    public async Task A_payload_wakes_the_run_that_waits_for_it()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world, "token");

        await world.ResumeHookAsync("token", "payload", Limit);

        (await ResultAsync(world, run)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_hook_can_be_found_while_it_waits()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world, "token");

        (await world.Hooks.FindByTokenAsync("token", Limit))!.RunId.Should().Be(run.RunId);

        await world.ResumeHookAsync("token", "payload", Limit);
        (await world.Hooks.FindByTokenAsync("token", Limit)).Should().BeNull();
        await ResultAsync(world, run);
    }

    [Fact]
    public async Task An_unknown_token_is_refused()
    {
        var world = await Worlds.StartAsync(Waiting);

        var resume = () => world.ResumeHookAsync("token", "payload", Limit);

        (await resume.Should().ThrowAsync<NotFoundException>()).Which.Code.Should().Be(ErrorCodes.HookNotFound);
    }

    [Fact]
    public async Task Too_early_used_up_and_over_are_told_apart()
    {
        var givenUp = Workflow.Define<string, string>("given-up", async (flow, token) =>
        {
            await flow.ScopeAsync(async scope =>
            {
                var hook = flow.HookAsync<string>($"{token}-hook");
                await flow.StepAsync("come", _ => Task.CompletedTask);
                scope.Cancel();
                await hook.ContinueWith(_ => { }, TaskScheduler.Current);
            });
            return await flow.HookAsync<string>(token);
        });
        var world = await Worlds.StartAsync(Waiting, givenUp);
        (await RefusalAsync(world, "token")).Should().Be((ErrorCodes.HookNotFound, 404, false));

        var used = await StartedAsync(world, "token");
        await world.ResumeHookAsync("token", "first", Limit);
        await ResultAsync(world, used);
        (await RefusalAsync(world, "token", used)).Should().Be((ErrorCodes.HookUsed, 410, true));

        var over = await StartedAsync(world, "token");
        await over.CancelAsync(cancellationToken: Limit);
        (await RefusalAsync(world, "token", over)).Should().Be((ErrorCodes.HookOver, 410, true));

        var transitions = Watch(world);
        var scoped = await world.StartRunAsync(givenUp, "scoped", cancellationToken: Limit);
        await ParkedAsync(transitions, scoped);
        (await RefusalAsync(world, "scoped-hook", scoped)).Should().Be((ErrorCodes.HookOver, 410, true));
        (await RefusalAsync(world, "other")).Should().Be((ErrorCodes.HookNotFound, 404, false));

        static async Task<(string Code, int HttpStatus, bool NamesRun)> RefusalAsync(World world, string token, RunHandle? run = null)
        {
            var resume = () => world.ResumeHookAsync(token, "payload", Limit);
            var refused = (await resume.Should().ThrowAsync<NotFoundException>()).Which;
            return (refused.Code, refused.HttpStatus, run is not null && refused.Message.Contains(run.RunId, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_conflict_names_the_run_that_has_the_token()
    {
        var racing = Workflow.Define<string, string>("racing", async (flow, token) =>
        {
            for (var round = 0; ; round++)
            {
                var hook = flow.HookAsync<string>(token);
                if (await Task.WhenAny(hook, flow.SleepAsync(TimeSpan.FromSeconds(1))) == hook)
                {
                    return await hook;
                }
            }
        });
        var world = await Worlds.StartAsync(Waiting, racing);
        var holder = await StartedAsync(world, "token");
        var second = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        (await FailureAsync(world, second)).Error!.Message.Should().Contain(holder.RunId).And.NotContain("itself");

        var transitions = Watch(world);
        var own = await world.StartRunAsync(racing, "own", cancellationToken: Limit);
        await ParkedAsync(transitions, own);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var error = (await FailureAsync(world, own)).Error!;
        error.Code.Should().Be(ErrorCodes.HookConflict);
        error.Message.Should().Contain(own.RunId).And.Contain("itself").And.Contain("loop");
    }

    [Fact]
    public async Task A_second_payload_is_refused()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world, "token");
        await world.ResumeHookAsync("token", "first", Limit);

        var resume = () => world.ResumeHookAsync("token", "second", Limit);

        await resume.Should().ThrowAsync<NotFoundException>();
        (await ResultAsync(world, run)).Should().Be("first");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Exactly_one_of_twenty_concurrent_payloads_wins()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world, "token");

        var resumes = Enumerable.Range(0, 20)
            .Select(i => Task.Run(() => world.ResumeHookAsync("token", $"{i}")))
            .ToList();
        await Task.WhenAll(resumes.Select(resume => resume.ContinueWith(_ => { }, TaskScheduler.Default)));

        var winner = resumes.Should().ContainSingle(resume => resume.IsCompletedSuccessfully).Which;
        resumes.Where(resume => resume != winner)
            .Should().OnlyContain(r => r.Exception!.InnerException is NotFoundException);
        (await ResultAsync(world, run)).Should().Be($"{resumes.IndexOf(winner)}");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_payload_that_cannot_be_written_leaves_the_hook_waiting()
    {
        var world = await Worlds.StartAsync(Waiting);
        var run = await StartedAsync(world, "token");
        object[] cycle = [null!];
        cycle[0] = cycle;

        var resume = () => world.ResumeHookAsync("token", cycle, Limit);

        await resume.Should().ThrowAsync<SerializationException>();
        await world.ResumeHookAsync("token", "good", Limit);
        (await ResultAsync(world, run)).Should().Be("good");
    }

    [Fact]
    public async Task A_token_that_is_taken_can_be_caught()
    {
        var careful = Workflow.Define<string, string>("careful", async (flow, token) =>
        {
            try
            {
                return await flow.HookAsync<string>(token);
            }
            catch (ConflictException exception)
            {
                return exception.Code;
            }
        });
        var world = await Worlds.StartAsync(Waiting, careful);
        var holder = await StartedAsync(world, "token");

        var second = await world.StartRunAsync(careful, "token", cancellationToken: Limit);

        (await ResultAsync(world, second)).Should().Be(ErrorCodes.HookConflict);
        await world.ResumeHookAsync("token", "payload", Limit);
        (await ResultAsync(world, holder)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_token_that_is_taken_and_not_caught_fails_the_run()
    {
        var world = await Worlds.StartAsync(Waiting);
        await StartedAsync(world, "token");

        var second = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);

        (await FailureAsync(world, second)).Error!.Code.Should().Be(ErrorCodes.HookConflict);
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_token_is_free_again_after_its_run()
    {
        var leaving = Workflow.Define<string, string>("leaving", async (flow, token) =>
        {
            await Task.WhenAny(flow.HookAsync<string>(token), flow.StepAsync("done", _ => Task.FromResult("")));
            return "left";
        });
        var world = await Worlds.StartAsync(Waiting, leaving);
        await ResultAsync(world, await world.StartRunAsync(leaving, "token", cancellationToken: Limit));

        var run = await StartedAsync(world, "token");
        await world.ResumeHookAsync("token", "payload", Limit);

        (await ResultAsync(world, run)).Should().Be("payload");
    }

    [Fact]
    public async Task A_run_may_use_its_token_again_and_again()
    {
        var chat = Workflow.Define<string, string>("chat", async (flow, token) =>
        {
            var text = "";
            while (await flow.HookAsync<string>(token) is { Length: > 0 } word)
            {
                text += word;
            }

            return text;
        });
        var world = await Worlds.StartAsync(chat);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(chat, "token", cancellationToken: Limit);
        foreach (var word in new[] { "a", "b", "c", "" })
        {
            await ParkedAsync(transitions, run);
            await world.ResumeHookAsync("token", word, Limit);
        }

        (await ResultAsync(world, run)).Should().Be("abc");
        await world.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_payload_reaches_a_run_that_is_busy_with_a_step()
    {
        var hold = new Hold();
        var busy = Workflow.Define<string, string>("busy", async (flow, token) =>
        {
            var step = flow.StepAsync("slow", _ => hold.PassAsync());
            var payload = await flow.HookAsync<string>(token);
            await flow.StepAsync("release", _ =>
            {
                hold.Release();
                return Task.CompletedTask;
            });
            await step;
            return payload;
        });
        var world = await Worlds.StartAsync(busy);
        var run = await world.StartRunAsync(busy, "token", cancellationToken: Limit);
        await hold.ReachedAsync();

        await world.ResumeHookAsync("token", "payload", Limit);

        (await ResultAsync(world, run)).Should().Be("payload");
        await world.ShouldBeSoundAsync();
    }

    private static async Task<RunHandle<string>> StartedAsync(World world, string token)
    {
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, token, cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        return run;
    }
}
