namespace TursoWorld.Tests.Workflows;

/// <summary>Somebody is onboarded: profile, greeting, a sleep, a mail. Profile and mail are executed by whoever has registered them.</summary>
/// <param name="mode">Who executes profile and mail; the greeting is always inline.</param>
/// <param name="effect">Has the effect of a step: gets its name in the log, its key, and what it is about.</param>
/// <param name="nap">How long it sleeps.</param>
internal sealed class Onboarding(StepMode mode, Action<StepContext, string> effect, TimeSpan nap)
{
    public StepDefinition<Person, string> Profile { get; } = Step.Define<Person, string>("create-profile", (person, step) =>
    {
        effect(step, person.UserId);
        return Task.FromResult(person.UserId);
    });

    public StepDefinition<Mail, string> Mailing { get; } = Step.Define<Mail, string>("send-mail", (mail, step) =>
    {
        effect(step, $"{mail.To}: {mail.Subject} {mail.Greeting}");
        return Task.FromResult(mail.To);
    });

    public WorkflowDefinition<Person, Person> Workflow => TursoWorld.Workflow.Define<Person, Person>("onboarding", async (flow, person) =>
    {
        var userId = await flow.StepAsync(Profile, person, new() { Mode = mode });
        var greeting = await flow.StepAsync("build-greeting", step =>
        {
            effect(step, person.Email);
            return Task.FromResult($"Dear {person.Email}");
        });
        await flow.SleepAsync(nap);
        var email = await flow.StepAsync(Mailing, new Mail(person.Email, "Welcome!", greeting), new() { Mode = mode });
        return new Person(email, userId);
    });

    internal sealed record Person(string Email, string UserId);

    internal sealed record Mail(string To, string Subject, string Greeting);
}
