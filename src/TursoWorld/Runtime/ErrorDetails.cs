using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace TursoWorld.Runtime;

/// <summary>
/// What an exception says besides its message, as data. Texts, numbers, instants and lists of these are taken, of anything else what its
/// ToString says: to walk through objects of strangers could take for ever, or ask a database.
/// </summary>
internal static class ErrorDetails
{
    private const int MostEntries = 32;
    private const int LongestText = 1_000;

    private static readonly HashSet<string> Usual =
        [.. new[] { typeof(Exception), typeof(WorldException), typeof(AggregateException) }
            .SelectMany(type => type.GetProperties()).Select(property => property.Name)];

    /// <summary>The properties that the types of an exception add to those of every exception; null when there are none.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? PropertiesOf(Exception exception) => Collect(
        from property in exception.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where property.CanRead && property.GetIndexParameters().Length == 0 && !Usual.Contains(property.Name)
        select ((object)property.Name, (Func<object?>)(() => property.GetValue(exception))));

    /// <summary><see cref="Exception.Data"/>; null when there is nothing in it.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? DataOf(Exception exception)
    {
        try
        {
            return Collect(exception.Data.Cast<DictionaryEntry>().Select(entry => (entry.Key, (Func<object?>)(() => entry.Value))));
        }
        catch (Exception)
        {
            return null; // it is code of strangers, and what failed is told all the same
        }
    }

    private static Dictionary<string, JsonElement>? Collect(IEnumerable<(object Name, Func<object?> Read)> entries)
    {
        var collected = new Dictionary<string, JsonElement>();
        foreach (var (name, read) in entries.Take(MostEntries))
        {
            object? value;
            string key;
            try
            {
                (key, value) = ($"{Plain(name)}", Simple(read()));
            }
            catch (Exception failure)
            {
                var reason = failure is TargetInvocationException { InnerException: { } inner } ? inner : failure;
                (key, value) = (name as string ?? "", $"It could not be read: {reason.GetType().Name}.");
            }

            if (value is not null)
            {
                collected[key] = ToJson(value);
            }
        }

        return collected.Count == 0 ? null : collected;
    }

    /// <returns>A text, a number, a truth value or an array of these; null for nothing.</returns>
    private static object? Simple(object? value) => value is ICollection list and not IDictionary
        ? list.Cast<object?>().Take(MostEntries).Select(Plain).ToArray()
        : Plain(value);

    private static object? Plain(object? value) => value switch
    {
        null or bool => value,
        string text => Bounded(text),
        byte or sbyte or short or ushort or int or uint or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        decimal => value,
        double number when double.IsFinite(number) => value,
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => Bounded(formattable.ToString(null, CultureInfo.InvariantCulture)),
        _ => value.ToString() is { } text && text != value.GetType().ToString() ? Bounded(text) : null,
    };

    // What is cut, or half a character, must not keep the rest from being written.
    private static string Bounded(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(
        text.Length <= LongestText ? text : text[..LongestText] + "…"));

    private static JsonElement ToJson(object value)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            Write(writer, value);
        }

        using var document = JsonDocument.Parse(bytes.ToArray());
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case object?[] list:
                writer.WriteStartArray();
                Array.ForEach(list, item => Write(writer, item));
                writer.WriteEndArray();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
