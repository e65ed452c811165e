// <usings>
using TursoWorld;
using static TursoWorld.WorldFactory;
// </usings>

namespace ConsoleApp;

/// <summary>The example of the README. It sleeps three days, so no command of this program runs it.</summary>
internal static class SignUp
{
    public static async Task<User> RunAsync(FakeUsers users, FakeMail mail)
    {
        // <example>
        await using var world = CreateWorld(new() { DatabaseUrl = "file:workflow.db" });

        var signUp = Workflow.Define<string, User>("sign-up", async (flow, email) =>
        {
            var user = await flow.StepAsync("create-user", step => users.CreateAsync(email, step.IdempotencyKey));
            await flow.StepAsync("welcome-mail", step => mail.WelcomeAsync(user), new() { Retry = RetryPolicy.Exponential(maxAttempts: 5) });
            await flow.SleepAsync(TimeSpan.FromDays(3));
            var answer = await flow.HookAsync<Confirmation>($"confirm:{user.Id}");
            return user with { Confirmed = answer.Accepted };
        });

        world.Register(signUp);
        await world.StartAsync();                                   // without it, work is stored but not processed

        var run = await world.StartRunAsync(signUp, "ada@example.com");
        // three days later, from anywhere: another process, a web request
        await world.ResumeHookAsync("confirm:42", new Confirmation(true));
        User user = await run.ResultAsync();
        // </example>
        return user;
    }
}

internal sealed record User(string Id, string Email, bool Confirmed);

internal sealed record Confirmation(bool Accepted);

internal sealed class FakeUsers
{
    private readonly Dictionary<string, User> _created = [];

    public Task<User> CreateAsync(string email, string idempotencyKey)
    {
        if (!_created.TryGetValue(idempotencyKey, out var user))
        {
            user = new User($"{42 + _created.Count}", email, Confirmed: false);
            _created.Add(idempotencyKey, user);
        }

        return Task.FromResult(user);
    }
}

internal sealed class FakeMail
{
    public List<string> Sent { get; } = [];

    public Task WelcomeAsync(User user)
    {
        Sent.Add(user.Email);
        return Task.CompletedTask;
    }
}
