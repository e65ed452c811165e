using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TursoWorld.Runtime;

/// <summary>
/// Whether values of a type come back from JSON as they went: looked at once for each type, everything within it included. What has
/// a converter of its own is believed.
/// </summary>
internal sealed class SurvivalCheck(JsonSerializerOptions options)
{
    private static readonly Type[] Reversed =
        [typeof(Stack<>), typeof(ConcurrentStack<>), typeof(ImmutableStack<>), typeof(IImmutableStack<>)];

    private readonly ConcurrentDictionary<Type, string?> _problems = [];

    /// <exception cref="LossException">They do not.</exception>
    /// <exception cref="NotSupportedException">The options do not know the type.</exception>
    public void Require(Type type)
    {
        if (!_problems.TryGetValue(type, out var problem))
        {
            problem = FindProblem(type);
            _problems.TryAdd(type, problem);
        }

        if (problem is not null)
        {
            throw new LossException(problem);
        }
    }

    /// <summary>Whether it is read as a piece of JSON, whatever it was.</summary>
    public bool IsOpaque(Type type) =>
        type == typeof(object) && options.GetTypeInfo(type).Converter.GetType().Assembly == typeof(JsonSerializer).Assembly;

    private string? FindProblem(Type root)
    {
        var seen = new HashSet<Type>();
        var open = new Queue<Part>([new Part(root, null)]);
        while (open.TryDequeue(out var part))
        {
            var type = Nullable.GetUnderlyingType(part.Type) ?? part.Type;
            if (part.Member is { } member && IsOpaque(type))
            {
                return $"{member} is declared as System.Object, and would come back as a JsonElement. Declare the type that it has, or JsonElement.";
            }

            if (!seen.Add(type))
            {
                continue;
            }

            var info = options.GetTypeInfo(type);
            if (FindProblem(info) is { } problem)
            {
                return problem;
            }

            foreach (var inner in PartsOf(info))
            {
                open.Enqueue(inner);
            }
        }

        return null;
    }

    private string? FindProblem(JsonTypeInfo info) => info.Kind switch
    {
        JsonTypeInfoKind.Object => FindHiddenType(info) ?? FindUnreadable(info) ?? LostState.OfObject(info),
        JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary =>
            FindReversed(info.Type) ?? FindUnreadableCollection(info) ?? LostState.OfCollection(info.Type),
        _ => null,
    };

    /// <summary>Of a derived type that is read as its base.</summary>
    private static string? FindHiddenType(JsonTypeInfo info)
    {
        if (info.PolymorphismOptions is not { } polymorphism)
        {
            return info.Type is { IsAbstract: true } or { IsInterface: true }
                ? $"{info.Type} is abstract, and JSON does not say what it was. Put [JsonDerivedType(typeof(...), \"name\")] on it for "
                    + "each type that it may be, or declare that type."
                : null;
        }

        foreach (var derived in polymorphism.DerivedTypes)
        {
            if (derived.TypeDiscriminator is null && derived.DerivedType != info.Type)
            {
                return $"The [JsonDerivedType] of {info.Type} for {derived.DerivedType} has no discriminator, so that it would come back as "
                    + "its base. Give it one.";
            }
        }

        return null;
    }

    private static string? FindUnreadable(JsonTypeInfo info) =>
        info.CreateObject is null && info.PolymorphismOptions is null && !info.Properties.Any(property => property.AssociatedParameter is not null)
            ? $"{info.Type} has no constructor that JSON can use. Give it a public one without parameters, or mark one with [JsonConstructor]."
            : null;

    private static string? FindReversed(Type type)
    {
        for (var level = type; level is not null; level = level.BaseType)
        {
            if (level.IsGenericType && Reversed.Contains(level.GetGenericTypeDefinition()))
            {
                return $"{type} comes back from JSON in reverse order. Use a list.";
            }
        }

        return null;
    }

    /// <summary>The serializer does not say beforehand whether it can make one; it is asked for an empty one.</summary>
    private string? FindUnreadableCollection(JsonTypeInfo info)
    {
        if (info.Type.IsArray)
        {
            return null;
        }

        try
        {
            JsonSerializer.Deserialize(info.Kind == JsonTypeInfoKind.Dictionary ? "{}" : "[]", info.Type, options);
            return null;
        }
        catch (NotSupportedException exception)
        {
            return $"{info.Type} can be written and not read. Use a list, an array or a dictionary. {exception.Message}";
        }
    }

    private static IEnumerable<Part> PartsOf(JsonTypeInfo info)
    {
        if (info.KeyType is { } key)
        {
            yield return new Part(key, $"A key of {info.Type}");
        }

        if (info.ElementType is { } element && info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary)
        {
            yield return new Part(element, $"An element of {info.Type}");
        }

        foreach (var property in info.Properties)
        {
            if (property is { CustomConverter: null, IsExtensionData: false } && LostState.Returns(info, property))
            {
                yield return new Part(property.PropertyType, $"'{property.Name}' of {info.Type}");
            }
        }

        foreach (var derived in info.PolymorphismOptions?.DerivedTypes ?? [])
        {
            yield return new Part(derived.DerivedType, null);
        }
    }

    /// <summary>A type that is written within another one.</summary>
    private readonly record struct Part(Type Type, string? Member);
}
