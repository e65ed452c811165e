using System.Globalization;
using System.Text.Json;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Writes the arguments of a statement: those it uses, and no other, because the server refuses both.</summary>
internal static class ArgumentWriter
{
    public static void Write(Utf8JsonWriter writer, WireStep step)
    {
        var slots = step.Statement.Parameters;
        if (slots.Count == 0)
        {
            return;
        }

        var named = step.Statement.IsNamed;
        var next = 0;
        writer.WriteStartArray(named ? WireNames.NamedArgs : WireNames.Args);
        for (var index = 0; index < slots.Count; index++)
        {
            var value = ValueOf(slots[index], step, ref next);
            if (named)
            {
                writer.WriteStartObject();
                writer.WriteString(WireNames.Name, slots[index].Name);
                writer.WritePropertyName(WireNames.Value);
                Write(writer, value, slots[index]);
                writer.WriteEndObject();
            }
            else
            {
                Write(writer, value, slots[index]);
            }
        }

        writer.WriteEndArray();
    }

    private static LibSqlValue ValueOf(SqlParameterSlot slot, WireStep step, ref int next)
    {
        var index = slot.Position > 0
            ? IndexOf(slot.Position, step.Arguments, ref next)
            : IndexOf(slot.Name, step.Arguments, ref next);
        if (index >= 0)
        {
            return step.Arguments[index].Value;
        }

        return step.MissingAreNull ? default : throw new InvalidOperationException(
            $"The {step.Statement.Keyword} statement needs a value for its parameter {slot.Label}. Add an argument of that name; "
            + "letter case counts.");
    }

    // Arguments mostly come in the order of the parameters: the one after the last match is looked at first, so that
    // thousands of them do not take millions of comparisons.
    private static int IndexOf(ReadOnlySpan<char> name, IReadOnlyList<LibSqlArgument> arguments, ref int next)
    {
        var bare = SqlParameterSlot.WithoutPrefix(name);
        for (var step = 0; step < arguments.Count; step++)
        {
            var index = (next + step) % arguments.Count;
            if (IsSame(arguments[index].Name, name, bare))
            {
                next = index + 1;
                return index;
            }
        }

        return -1;
    }

    // An argument with a prefix of its own means that parameter only.
    private static bool IsSame(string? candidate, ReadOnlySpan<char> name, ReadOnlySpan<char> bare) =>
        candidate is { Length: > 0 }
        && (candidate.Length == bare.Length ? bare.SequenceEqual(candidate) : name.SequenceEqual(candidate));

    // Arguments without names are taken first to last; when all have names, the number counts, or else the order.
    private static int IndexOf(int position, IReadOnlyList<LibSqlArgument> arguments, ref int next)
    {
        if (next == position - 1 && next < arguments.Count && string.IsNullOrEmpty(arguments[next].Name))
        {
            return next++;
        }

        var unnamed = 0;
        for (var index = 0; index < arguments.Count; index++)
        {
            if (string.IsNullOrEmpty(arguments[index].Name) && ++unnamed == position)
            {
                return index;
            }
        }

        if (unnamed > 0)
        {
            return -1;
        }

        var byNumber = IndexOf($"?{position.ToString(CultureInfo.InvariantCulture)}", arguments, ref unnamed);
        return byNumber >= 0 ? byNumber : position <= arguments.Count ? position - 1 : -1;
    }

    private static void Write(Utf8JsonWriter writer, LibSqlValue value, SqlParameterSlot slot)
    {
        writer.WriteStartObject();
        switch (value.Kind)
        {
            case ValueKind.Integer:
                writer.WriteString(WireNames.Type, WireNames.Integer);
                WriteInteger(writer, value.Integer);
                break;
            case ValueKind.Real:
                writer.WriteString(WireNames.Type, WireNames.Float);
                writer.WriteNumber(WireNames.Value, Finite(value.Real, slot));
                break;
            case ValueKind.Text:
                writer.WriteString(WireNames.Type, WireNames.Text);
                writer.WriteString(WireNames.Value, value.Text);
                break;
            case ValueKind.Blob:
                writer.WriteString(WireNames.Type, WireNames.Blob);
                writer.WriteBase64String(WireNames.Base64, value.Blob.Span);
                break;
            default:
                writer.WriteString(WireNames.Type, WireNames.Null);
                break;
        }

        writer.WriteEndObject();
    }

    // JSON numbers of other languages have 53 bits, so that the protocol wants integers as text.
    private static void WriteInteger(Utf8JsonWriter writer, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        writer.WriteString(WireNames.Value, digits[..length]);
    }

    private static double Finite(double value, SqlParameterSlot slot) => double.IsFinite(value)
        ? value
        : throw new InvalidOperationException(double.IsNaN(value)
            ? $"The value of parameter {slot.Label} is NaN, which SQLite cannot store. Send NULL instead."
            : $"The value of parameter {slot.Label} is infinite, which cannot be sent to a libSQL server. "
            + "Write 9e999 or -9e999 into the SQL where it is needed.");
}
