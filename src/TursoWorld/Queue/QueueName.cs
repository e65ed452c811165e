using System.Text.RegularExpressions;
using TursoWorld.Abstractions;

namespace TursoWorld.Queue;

/// <summary>What names of queues look like, and what they say.</summary>
internal static partial class QueueName
{
    private const int Longest = 512;

    /// <exception cref="ArgumentException">No queue can have that name.</exception>
    public static void Check(string queueName, string parameter)
    {
        ArgumentNullException.ThrowIfNull(queueName, parameter);
        if (queueName.Length is 0 or > Longest || queueName.Any(char.IsControl) || queueName.Trim() != queueName
            || WellFormed.FindHalfCharacter(queueName) is not null)
        {
            throw new ArgumentException(
                $"A queue name has 1 to {Longest} characters, none of them a control character, and neither begins nor ends "
                + $"with white space; this one has {queueName.Length} characters: '{Printable(queueName)}'.",
                parameter);
        }
    }

    /// <summary>Where a message of a runtime on top is to be POSTed: <c>flow</c> or <c>step</c>; null for any other queue.</summary>
    public static string? EndpointOf(string queueName) =>
        Runtime().Match(queueName) is { Success: true } match ? (match.Groups[1].ValueSpan is "step" ? "step" : "flow") : null;

    /// <summary>A runtime on top counts deliveries itself; its messages are never dead.</summary>
    public static bool IsOfRuntime(string queueName) => Runtime().IsMatch(queueName);

    private static string Printable(string text) =>
        string.Concat(text.Take(60).Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));

    [GeneratedRegex(@"\A__(?:[a-z][a-z0-9]*_)?wkf_(workflow|step)_.+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Runtime();
}
