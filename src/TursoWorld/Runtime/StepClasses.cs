using System.Reflection;

namespace TursoWorld.Runtime;

/// <summary>Makes definitions of classes that are steps.</summary>
internal static class StepClasses
{
    /// <exception cref="InvalidRegistrationException">The class is no step; the message says why.</exception>
    public static StepDefinition Define(Type type)
    {
        Activation.RequireConcrete(type);
        if (BaseOf(type) is not { } step)
        {
            throw new InvalidRegistrationException(type, "it does not derive from Step<TIn, TOut>.");
        }

        if (!type.IsSealed)
        {
            throw new InvalidRegistrationException(type, "it is not sealed. A name stands for one class; seal it.");
        }

        if (type.GetCustomAttribute<StepAttribute>(inherit: false) is not { } attribute)
        {
            throw new InvalidRegistrationException(type, "it has no name. Put [Step(\"name\")] above it.");
        }

        if (Step.ProblemOf(attribute.Name) is { } problem)
        {
            throw new InvalidRegistrationException(type, problem);
        }

        var definition = typeof(StepDefinition<,>).MakeGenericType(step.GetGenericArguments());
        return (StepDefinition)Activator.CreateInstance(
            definition,
            BindingFlags.Instance | BindingFlags.NonPublic,
            binder: null,
            [attribute.Name, OptionsOf(type, attribute), type],
            culture: null)!; // null only for nullable values
    }

    /// <summary>Whether a class is meant to be a step.</summary>
    public static bool IsStep(Type type) => BaseOf(type) is not null;

    private static StepOptions OptionsOf(Type type, StepAttribute attribute)
    {
        try
        {
            return attribute.ToOptions();
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new InvalidRegistrationException(type, $"its attribute has a value out of range. {exception.Message}");
        }
    }

    private static Type? BaseOf(Type type)
    {
        var candidate = type.BaseType;
        while (candidate is not null
            && !(candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(Step<,>)))
        {
            candidate = candidate.BaseType;
        }

        return candidate;
    }
}
