using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using TursoWorld.LibSql.Rows;

namespace TursoWorld.LibSql;

/// <summary>What a parameter of a command stands for.</summary>
/// <remarks>
/// Values are written as Microsoft.Data.Sqlite writes them: booleans and enums as integers; dates, times, <see cref="Guid"/> and
/// <see cref="decimal"/> as text. NaN and the infinities cannot be sent.
/// </remarks>
public sealed class LibSqlParameter : DbParameter
{
    private string _parameterName = "";

    private string _sourceColumn = "";

    private int _size = -1;

    /// <summary>A parameter without a name or value yet.</summary>
    public LibSqlParameter()
    {
    }

    /// <param name="name">As in the SQL, with or without prefix; empty: the next <c>?</c>.</param>
    /// <param name="value">The value; <see cref="DBNull"/> for NULL.</param>
    public LibSqlParameter(string? name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>Kept, but without effect: the type of the value decides how it is stored.</summary>
    public override DbType DbType { get; set; } = DbType.String;

    /// <summary>Always <see cref="ParameterDirection.Input"/>; SQLite has no others.</summary>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
            {
                throw new ArgumentException($"SQLite has no {value} parameters; select the value instead.");
            }
        }
    }

    /// <summary>Kept, but without effect.</summary>
    public override bool IsNullable { get; set; }

    /// <summary>As in the SQL, with or without prefix; letter case counts. Empty: the next <c>?</c>.</summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _parameterName;
        set => _parameterName = value ?? "";
    }

    /// <summary>At most so many characters or bytes of the value are sent; -1, the default: all of them.</summary>
    public override int Size
    {
        get => _size;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            _size = value;
        }
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn
    {
        get => _sourceColumn;
        set => _sourceColumn = value ?? "";
    }

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <summary>The value; <see cref="DBNull"/> for NULL. A null is refused when the command is executed: it may be a mistake.</summary>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType() => DbType = DbType.String;

    internal LibSqlArgument ToArgument() => new(ParameterName, Value switch
    {
        null => throw new InvalidOperationException(
            $"The value of parameter '{ParameterName}' is not set; set DBNull.Value for NULL."),
        string text when Size >= 0 && Size < text.Length => text[..Size],
        byte[] bytes when Size >= 0 && Size < bytes.Length => new ReadOnlyMemory<byte>(bytes, 0, Size),
        var value => ParameterValue.Of(value, ParameterName),
    });
}
