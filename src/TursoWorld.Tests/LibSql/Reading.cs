using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>What a reader of some provider makes of a column, as text that can be compared.</summary>
internal static class Reading
{
    private static readonly MethodInfo GetFieldValue = typeof(DbDataReader).GetMethod(nameof(DbDataReader.GetFieldValue))!;

    /// <summary>Every way of reading a column that has a name.</summary>
    public static readonly IReadOnlyDictionary<string, Func<DbDataReader, object?>> Ways =
        new Dictionary<string, Func<DbDataReader, object?>>(StringComparer.Ordinal)
        {
            ["GetBoolean"] = reader => reader.GetBoolean(0),
            ["GetByte"] = reader => reader.GetByte(0),
            ["GetBytes"] = reader => reader.GetBytes(0, 0, null, 0, 0),
            ["GetChar"] = reader => reader.GetChar(0),
            ["GetChars"] = reader => reader.GetChars(0, 0, null, 0, 0),
            ["GetDateTime"] = reader => reader.GetDateTime(0),
            ["GetDecimal"] = reader => reader.GetDecimal(0),
            ["GetDouble"] = reader => reader.GetDouble(0),
            ["GetFloat"] = reader => reader.GetFloat(0),
            ["GetGuid"] = reader => reader.GetGuid(0),
            ["GetInt16"] = reader => reader.GetInt16(0),
            ["GetInt32"] = reader => reader.GetInt32(0),
            ["GetInt64"] = reader => reader.GetInt64(0),
            ["GetString"] = reader => reader.GetString(0),
            ["GetStream"] = reader => ReadAll(reader.GetStream(0)),
            ["GetTextReader"] = reader => reader.GetTextReader(0).ReadToEnd(),
            ["GetValue"] = reader => reader.GetValue(0),
            ["IsDBNull"] = reader => reader.IsDBNull(0),
        };

    /// <summary>Every type that a column can be asked for.</summary>
    public static readonly IReadOnlyList<Type> Types =
    [
        typeof(bool), typeof(byte), typeof(byte[]), typeof(char), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly),
        typeof(TimeOnly), typeof(decimal), typeof(double), typeof(float), typeof(Guid), typeof(int), typeof(long), typeof(sbyte),
        typeof(short), typeof(string), typeof(TimeSpan), typeof(uint), typeof(ulong), typeof(ushort), typeof(DayOfWeek),
        typeof(object), typeof(int?), typeof(Stream), typeof(TextReader), typeof(DBNull), typeof(Version),
    ];

    /// <summary>The first column, read as a type: the value, or the kind of refusal.</summary>
    public static string Of(DbDataReader reader, Type type) =>
        Of(reader, one => GetFieldValue.MakeGenericMethod(type).Invoke(one, BindingFlags.DoNotWrapExceptions, null, [0], null));

    /// <summary>The first column, read in some way: the value, or the kind of refusal.</summary>
    public static string Of(DbDataReader reader, Func<DbDataReader, object?> read)
    {
        try
        {
            return Text(read(reader));
        }
        catch (Exception exception) when (exception is not DbException)
        {
            return exception.GetType().Name;
        }
    }

    /// <summary>Skips a comparison of real numbers with a SQLite that writes them in another way.</summary>
    public static void RequireDigits(SqliteConnection file) => Assert.SkipUnless(
        new Version(file.ServerVersion) >= new Version(3, 53), "SQLite before 3.53 writes real numbers with 15 digits.");

    private static string Text(object? value) => value switch
    {
        null => "null",
        byte[] bytes => $"bytes {Convert.ToHexString(bytes)}",
        Stream stream => $"stream {Convert.ToHexString(ReadAll(stream))}",
        TextReader text => $"reader {text.ReadToEnd()}",
        DateTime instant => $"DateTime {instant:O} {instant.Kind}",
        DateTimeOffset instant => $"DateTimeOffset {instant:O}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}"),
    };

    private static byte[] ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
