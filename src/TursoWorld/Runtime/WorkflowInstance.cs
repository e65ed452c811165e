using System.Globalization;

namespace TursoWorld.Runtime;

/// <summary>Makes the instance that a replay of a run executes.</summary>
internal static class WorkflowInstance
{
    /// <exception cref="NotReadyException">No instance can be made here.</exception>
    /// <returns>Null when the code of the workflow is a function.</returns>
    public static Activated? Create(WorkflowDefinition definition, Activation activation)
    {
        if (definition.Implementation is not { } type)
        {
            return null;
        }

        // The constructor is code of the workflow: what it sees must not depend on the machine that replays it.
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return activation.Create(type);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
