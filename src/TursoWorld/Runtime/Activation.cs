using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace TursoWorld.Runtime;

/// <summary>
/// Makes instances of classes that name what they need in their constructors. Knows nothing of what the classes are for.
/// </summary>
/// <param name="services">Where it comes from; null for constructors that need nothing.</param>
internal sealed class Activation(IServiceProvider? services)
{
    private readonly ConcurrentDictionary<Type, ObjectFactory> _factories = [];

    // Guards what follows.
    private readonly Lock _lock = new();
    private int _living;
    private TaskCompletionSource? _ended;

    /// <summary>Refuses at registration what could not be made later.</summary>
    /// <exception cref="InvalidRegistrationException">No instance of the class can be made.</exception>
    public void Check(Type type)
    {
        RequireConcrete(type);
        foreach (var parameter in ConstructorOf(type).GetParameters().Where(parameter => !parameter.HasDefaultValue))
        {
            if (!IsKnown(parameter))
            {
                throw new InvalidRegistrationException(
                    type,
                    $"its constructor asks for '{parameter.ParameterType} {parameter.Name}'"
                    + (services is null
                        ? ", and WorldOptions.Services is not set. Set it to the service provider of your program."
                        : ", which the provider in WorldOptions.Services does not know. Add it to the service collection."));
            }
        }
    }

    /// <exception cref="InvalidRegistrationException">There are no instances of the type.</exception>
    public static void RequireConcrete(Type type)
    {
        if (!type.IsClass || type.IsAbstract || type.ContainsGenericParameters)
        {
            throw new InvalidRegistrationException(
                type, "it is abstract, an open generic type, or no class. Register a class of which an instance can be made.");
        }
    }

    /// <summary>Makes an instance, in a scope of its own where the provider has scopes.</summary>
    /// <exception cref="NotReadyException">No instance can be made here.</exception>
    public Activated Create(Type type)
    {
        try
        {
            return Make(type);
        }
        catch (Exception exception) // constructors, and providers of services, are code of strangers
        {
            throw NotReadyException.Class(type, exception);
        }
    }

    /// <summary>Waits until every instance has ended, but not longer than the time.</summary>
    public async Task WaitForEndsAsync(TimeSpan timeout, TimeProvider timeProvider)
    {
        Task ended;
        lock (_lock)
        {
            if (_living == 0)
            {
                return;
            }

            _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ended = _ended.Task;
        }

        await Task.WhenAny(ended, Task.Delay(timeout, timeProvider, CancellationToken.None)).ConfigureAwait(false);
    }

    private Activated Make(Type type)
    {
        var factory = _factories.GetOrAdd(type, static type => ActivatorUtilities.CreateFactory(type, []));
        if (services?.GetService(typeof(IServiceScopeFactory)) is not IServiceScopeFactory scopes)
        {
            return Track(factory(services ?? NoServices.Instance, null), null);
        }

        var scope = scopes.CreateScope();
        try
        {
            return Track(factory(scope.ServiceProvider, null), scope);
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }

    private Activated Track(object instance, IServiceScope? scope)
    {
        lock (_lock)
        {
            _living++;
        }

        return new Activated(instance, scope, OnEnded);
    }

    private void OnEnded()
    {
        lock (_lock)
        {
            if (--_living == 0)
            {
                _ended?.TrySetResult();
                _ended = null;
            }
        }
    }

    private static ConstructorInfo ConstructorOf(Type type)
    {
        var constructors = type.GetConstructors();
        var marked = constructors
            .Where(constructor => constructor.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute), inherit: false))
            .ToArray();
        return (marked, constructors) switch
        {
            ([var one], _) => one,
            ([], [var one]) => one,
            _ => throw new InvalidRegistrationException(
                type,
                $"it has {constructors.Length} public constructors. Give it one, or mark one of them with [ActivatorUtilitiesConstructor]."),
        };
    }

    /// <summary>A provider that cannot say what it knows is believed to know everything.</summary>
    private bool IsKnown(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        return services switch
        {
            null => false,
            _ when parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed =>
                services.GetService(typeof(IServiceProviderIsKeyedService)) is not IServiceProviderIsKeyedService known
                || known.IsKeyedService(type, keyed.Key),
            _ => services.GetService(typeof(IServiceProviderIsService)) is not IServiceProviderIsService known
                || known.IsService(type),
        };
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
