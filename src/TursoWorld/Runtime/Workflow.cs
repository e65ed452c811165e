using System.Text.RegularExpressions;

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
        if (!ValidName().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name for a workflow. Use 1 to 200 letters, digits, or any of . _ - / :", nameof(name));
        }

        return new WorkflowDefinition<TIn, TOut>(name, version, body);
    }

    [GeneratedRegex(@"\A[\p{L}\p{Nd}._\-/:]{1,200}\z")]
    private static partial Regex ValidName();
}
