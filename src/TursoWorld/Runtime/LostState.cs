using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TursoWorld.Runtime;

/// <summary>
/// State of an object that JSON does not bring back. All state of an object is in its fields: each must be one that is written and
/// read, or be behind a property that is, or be left out by its author.
/// </summary>
internal static class LostState
{
    private const string Backing = ">k__BackingField";

    /// <returns>What is lost and what to do, in words; null when nothing is.</returns>
    public static string? OfObject(JsonTypeInfo info)
    {
        if (MembersOf(info) is not { } members)
        {
            return null; // its author has made the contract by hand
        }

        var returning = members.Values.Count(property => Returns(info, property));
        FieldInfo? unexplained = null;
        foreach (var field in FieldsOf(info.Type, typeof(object)))
        {
            var (name, isProperty) = NameOf(field);
            if (members.TryGetValue(name, out var property) && IsOf(property, field, isProperty))
            {
                if (Returns(info, property))
                {
                    returning--; // it is this property that returns it
                }
                else if (!IsLeftOut(property))
                {
                    return Describe(info.Type, name, isProperty, field);
                }
            }
            else if (isProperty || field.IsPublic)
            {
                if (!IsLeftOut(info.Type, name, field))
                {
                    return Describe(info.Type, name, isProperty, field);
                }
            }
            else if (!IsLeftOut(info.Type, name, field))
            {
                returning--; // there must be a property for it, and the code of that property decides which
                unexplained ??= field;
            }
        }

        return returning < 0 && unexplained is not null
            ? $"'{unexplained.Name}' of {info.Type} is private, and no property or constructor parameter brings it back. Add a public "
                + "property that is written and read, or [JsonInclude]; [JsonIgnore] on the field says that it may be lost."
            : null;
    }

    /// <summary>Of a collection, only its elements are written.</summary>
    public static string? OfCollection(Type type)
    {
        var system = type;
        while (system is not null && !IsOfSystem(system))
        {
            system = system.BaseType;
        }

        foreach (var field in FieldsOf(type, system))
        {
            var (name, isProperty) = NameOf(field);
            var isElsewhere = system != typeof(object) && system != typeof(ValueType); // the elements are with the base
            if ((isElsewhere || (isProperty && type.GetProperty(name) is not null)) && !IsLeftOut(type, name, field))
            {
                return $"'{name}' of {type} is lost: of a collection, JSON has its elements only. Put the collection into a property of a "
                    + "class that has the rest, or give it a converter.";
            }
        }

        return null;
    }

    /// <summary>Whether it is written, and read again.</summary>
    public static bool Returns(JsonTypeInfo info, JsonPropertyInfo property) =>
        property.Get is not null
        && (property.Set is not null || property.AssociatedParameter is not null || property.IsExtensionData
            || (property.ObjectCreationHandling ?? info.PreferredPropertyObjectCreationHandling
                ?? info.Options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate);

    private static string Describe(Type type, string name, bool isProperty, FieldInfo field) => (isProperty, field.IsPublic) switch
    {
        (true, _) => $"'{name}' of {type} is not read back: it has no public setter, and the constructor has no parameter of its name. Make it "
            + "public with 'init' or 'set', add [JsonInclude] to it, or [JsonIgnore], which says that it may be lost.",
        (_, true) => $"'{name}' of {type} is a public field that is {(field.IsInitOnly ? "read-only" : "not written")}. Make it a property, or set "
            + "IncludeFields in WorldOptions.SerializerOptions; [JsonIgnore] says that it may be lost.",
        _ => $"'{name}' of {type} is not read back. Make it a property with 'init' or 'set'.",
    };

    /// <returns>What is in the contract, by the names of the code; null when something in it has none.</returns>
    private static Dictionary<string, JsonPropertyInfo>? MembersOf(JsonTypeInfo info)
    {
        var members = new Dictionary<string, JsonPropertyInfo>(StringComparer.Ordinal);
        foreach (var property in info.Properties)
        {
            if (property.AttributeProvider is not MemberInfo member)
            {
                return null;
            }

            members.TryAdd(member.Name, property);
        }

        return members;
    }

    private static bool IsOf(JsonPropertyInfo property, FieldInfo field, bool isProperty) =>
        isProperty ? property.AttributeProvider is PropertyInfo : property.AttributeProvider is FieldInfo found && found.Name == field.Name;

    private static bool IsLeftOut(JsonPropertyInfo property) => property is { Get: null, Set: null };

    private static bool IsLeftOut(Type type, string name, FieldInfo field) =>
        typeof(Delegate).IsAssignableFrom(field.FieldType) // subscriptions to an event are no data
        || field.IsDefined(typeof(JsonIgnoreAttribute), inherit: false)
        || (field.DeclaringType ?? type).GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            ?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) == true;

    /// <returns>The property behind which the field stands, or the field itself.</returns>
    private static (string Name, bool IsProperty) NameOf(FieldInfo field) =>
        field.Name.EndsWith(Backing, StringComparison.Ordinal) ? (field.Name[1..^Backing.Length], true) : (field.Name, false);

    private static IEnumerable<FieldInfo> FieldsOf(Type type, Type? end)
    {
        for (var level = type; level is not null && level != end; level = level.BaseType)
        {
            foreach (var field in level.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    private static bool IsOfSystem(Type type) => type.Assembly == typeof(object).Assembly
        || type.Namespace is "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true;
}
