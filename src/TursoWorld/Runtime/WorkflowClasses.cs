using System.Reflection;

namespace TursoWorld.Runtime;

/// <summary>Makes definitions of classes that are workflows.</summary>
internal static class WorkflowClasses
{
    /// <exception cref="InvalidRegistrationException">The class is no workflow; the message says why.</exception>
    public static WorkflowDefinition Define(Type type)
    {
        Activation.RequireConcrete(type);
        if (BaseOf(type) is not { } workflow)
        {
            throw new InvalidRegistrationException(type, "it does not derive from Workflow<TIn, TOut> or Step<TIn, TOut>.");
        }

        if (!type.IsSealed)
        {
            throw new InvalidRegistrationException(type, "it is not sealed. A name and a version stand for one class; seal it.");
        }

        if (type.GetCustomAttribute<WorkflowAttribute>(inherit: false) is not { } attribute)
        {
            throw new InvalidRegistrationException(type, "it has no name. Put [Workflow(\"name\")] above it.");
        }

        if (Workflow.ProblemOf(attribute.Name, attribute.Version) is { } problem)
        {
            throw new InvalidRegistrationException(type, problem);
        }

        var definition = typeof(WorkflowDefinition<,>).MakeGenericType(workflow.GetGenericArguments());
        return (WorkflowDefinition)Activator.CreateInstance(
            definition,
            BindingFlags.Instance | BindingFlags.NonPublic,
            binder: null,
            [attribute.Name, attribute.Version, type],
            culture: null)!; // null only for nullable values
    }

    private static Type? BaseOf(Type type)
    {
        var candidate = type.BaseType;
        while (candidate is not null
            && !(candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(Workflow<,>)))
        {
            candidate = candidate.BaseType;
        }

        return candidate;
    }
}
