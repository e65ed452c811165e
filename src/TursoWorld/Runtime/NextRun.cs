using System.Collections.ObjectModel;
using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>The run that goes on in place of one that ends.</summary>
internal static class NextRun
{
    // Attributes and retention are those of the run that ends.
    private static readonly ReadOnlyDictionary<string, string> Inherited = ReadOnlyDictionary<string, string>.Empty;

    /// <returns>The end of the run as its code wants it, or its failure when the next run cannot be.</returns>
    public static Command ToCommand(
        ContinueAsNewException next, RunIdentity identity, Type inputType, string runId, JsonPayloads payloads)
    {
        try
        {
            return new Command.ContinueRun(Of(next, identity.Workflow, inputType, runId, payloads));
        }
        catch (Exception exception) when (exception is WorldException or ArgumentException)
        {
            return new Command.FailRun(StructuredErrors.From(exception));
        }
    }

    private static NewRun Of(
        ContinueAsNewException next, WorkflowKey workflow, Type inputType, string runId, JsonPayloads payloads)
    {
        var version = next.Version ?? workflow.Version;
        if (version < 1)
        {
            throw new ArgumentException($"Workflow '{workflow.Name}' was to go on as version {version}. Versions begin with 1.");
        }

        // Nobody here need know what another version takes.
        var type = version == workflow.Version ? inputType : next.Input?.GetType() ?? typeof(object);
        if (!Takes(type, next.Input))
        {
            throw new ArgumentException(
                $"Workflow '{workflow.Name}' takes a {type}, and was to go on with {next.Input?.GetType().ToString() ?? "null"}. "
                + "Give ContinueAsNewException what the workflow takes, or the version that takes this.");
        }

        var input = payloads.Serialize(next.Input, type, $"The input with which workflow '{workflow.Name}' goes on");
        return new NewRun(runId, workflow with { Version = version }, input, Inherited, Retention: null);
    }

    private static bool Takes(Type type, object? input) =>
        input is null ? !type.IsValueType || Nullable.GetUnderlyingType(type) is not null : type.IsInstanceOfType(input);
}
