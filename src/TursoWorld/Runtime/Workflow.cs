using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>Makes workflows out of code.</summary>
public static partial class Workflow
{
    /// <summary>
    /// Defines a workflow. Its code is replayed from the log of a run after a crash, so it must do the same whenever it
    /// gets the same results: it awaits only what <see cref="WorkflowContext"/> gives out (and <c>Task.WhenAll</c> or
    /// <c>Task.WhenAny</c> of these), and leaves everything that touches the world to steps.
    /// </summary>
    /// <param name="name">1 to 200 letters, digits, or <c>. _ - / :</c>; unique among the workflows of a version.</param>
    /// <param name="body">The code.</param>
    /// <param name="version">At least 1. Runs keep the version they started with.</param>
    /// <typeparam name="TIn">Type of the input.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <exception cref="ArgumentException">The name has other characters, or is too long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The version is below 1.</exception>
    public static WorkflowDefinition<TIn, TOut> Define<TIn, TOut>(
        string name, Func<WorkflowContext, TIn, Task<TOut>> body, int version = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        return ProblemOf(name, version) is { } problem
            ? throw new ArgumentException(problem, nameof(name))
            : new WorkflowDefinition<TIn, TOut>(name, version, body);
    }

    /// <summary>
    /// The definition of a workflow that is a class, to start runs with: <c>Workflow.Of&lt;Onboarding, SignUp, User&gt;()</c>.
    /// Registering it is the same as registering the class.
    /// </summary>
    /// <typeparam name="TWorkflow">The class: sealed, with a <see cref="WorkflowAttribute"/>.</typeparam>
    /// <typeparam name="TIn">Type of the input.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <exception cref="InvalidRegistrationException">The class is no workflow; the message says why.</exception>
    public static WorkflowDefinition<TIn, TOut> Of<TWorkflow, TIn, TOut>()
        where TWorkflow : Workflow<TIn, TOut> =>
        (WorkflowDefinition<TIn, TOut>)WorkflowClasses.Define(typeof(TWorkflow));

    /// <summary>Why a workflow cannot have a name and version, and what to do; null when it can.</summary>
    internal static string? ProblemOf(string? name, int version) => (name, version) switch
    {
        _ when !IsName(name) =>
            $"'{name}' is no name for a workflow. Use 1 to 200 letters, digits, or any of . _ - / :",
        (_, < 1) => $"{version} is no version of a workflow. Versions count from 1.",
        _ => null,
    };

    /// <summary>Whether workflows and steps may be called so.</summary>
    internal static bool IsName([NotNullWhen(true)] string? name) => name is not null && ValidName().IsMatch(name);

    [GeneratedRegex(@"\A[\p{L}\p{Nd}._\-/:]{1,200}\z")]
    private static partial Regex ValidName();
}
