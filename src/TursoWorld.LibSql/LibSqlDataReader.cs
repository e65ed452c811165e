using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TursoWorld.LibSql.Protocol;
using TursoWorld.LibSql.Rows;

namespace TursoWorld.LibSql;

/// <summary>Reads the rows of a command.</summary>
/// <remarks>
/// Values are converted to the type that is asked for, by the rules of Microsoft.Data.Sqlite. The rows are in memory when the reader is
/// there, unless the command streams: several readers of a connection may then be open at once.
/// </remarks>
[SuppressMessage("Design", "CA1010", Justification = "A data reader is enumerated by ADO.NET's own rules.")]
[SuppressMessage("Naming", "CA1710", Justification = "ADO.NET calls them readers.")]
public sealed class LibSqlDataReader : DbDataReader
{
    private readonly RowSource _rows;

    private readonly LibSqlConnection? _closes;

    private readonly Action _ended;

    private bool _isClosed;

    internal LibSqlDataReader(RowSource rows, LibSqlConnection? closes, Action ended)
    {
        _rows = rows;
        _closes = closes;
        _ended = ended;
    }

    /// <summary>Always 0: results are not nested.</summary>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int FieldCount => Open().Columns.Count;

    /// <inheritdoc/>
    public override bool HasRows => Open().HasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <summary>How many rows have been changed by what has been executed so far; -1 when it only reads.</summary>
    public override int RecordsAffected => (int)Math.Min(_rows.RowsAffected, int.MaxValue);

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    /// <inheritdoc/>
    public override bool Read() =>
        Open().TryRead(out var isOnRow) ? isOnRow : Blocking.Wait(() => ReadAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken) =>
        Open().ReadAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public override bool NextResult() => Blocking.Wait(() => NextResultAsync(CancellationToken.None));

    /// <inheritdoc/>
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken) =>
        Open().NextResultAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Cell(ordinal).Kind == ValueKind.Null;

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => CellConverter.ToInt64(NotNull(ordinal)) != 0;

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)CellConverter.ToInt64(NotNull(ordinal)));

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => CellConverter.ToChar(NotNull(ordinal));

    /// <summary>A date and time from text, or from a Julian day.</summary>
    public override DateTime GetDateTime(int ordinal) => CellConverter.ToDateTime(NotNull(ordinal));

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => CellConverter.ToDecimal(NotNull(ordinal));

    /// <summary>A number. What the server stores as an infinity comes without its sign, as the positive one.</summary>
    public override double GetDouble(int ordinal) => CellConverter.ToDouble(NotNull(ordinal));

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    /// <summary>A GUID from text, or from 16 bytes.</summary>
    public override Guid GetGuid(int ordinal) => CellConverter.ToGuid(NotNull(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => CellConverter.ToInt64(NotNull(ordinal));

    /// <inheritdoc/>
    public override string GetString(int ordinal) => CellConverter.ToText(NotNull(ordinal));

    /// <summary>The value as it is stored; <see cref="DBNull"/> for NULL.</summary>
    public override object GetValue(int ordinal) => Cell(ordinal).ToObject() ?? DBNull.Value;

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var count = Math.Min(values.Length, FieldCount);
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            values[ordinal] = GetValue(ordinal);
        }

        return count;
    }

    /// <inheritdoc/>
    public override T GetFieldValue<T>(int ordinal)
    {
        var cell = Cell(ordinal);
        if (cell.Kind == ValueKind.Null)
        {
            return typeof(T) == typeof(DBNull) || typeof(T) == typeof(object) ? (T)(object)DBNull.Value
                : typeof(T) == typeof(TextReader) ? (T)(object)GetTextReader(ordinal)
                : typeof(T).IsEnum ? throw new InvalidCastException(IsNull(ordinal).Message)
                : throw IsNull(ordinal);
        }

        // The usual ones, without a box.
        return typeof(T) == typeof(long) ? (T)(object)CellConverter.ToInt64(cell)
            : typeof(T) == typeof(int) ? (T)(object)checked((int)CellConverter.ToInt64(cell))
            : typeof(T) == typeof(bool) ? (T)(object)(CellConverter.ToInt64(cell) != 0)
            : typeof(T) == typeof(double) ? (T)(object)CellConverter.ToDouble(cell)
            : (T)CellConverter.To(cell, typeof(T));
    }

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Copy<byte>(CellConverter.ToBytes(NotNull(ordinal)), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy<char>(GetString(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override Stream GetStream(int ordinal) => GetFieldValue<Stream>(ordinal);

    /// <summary>The text; empty for NULL.</summary>
    public override TextReader GetTextReader(int ordinal) => new StringReader(IsDBNull(ordinal) ? "" : GetString(ordinal));

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Columns(ordinal).Names[ordinal];

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        var names = Open().Columns.Names;
        var exact = Array.IndexOf(names, name);
        var index = exact >= 0 ? exact : Array.FindIndex(names, one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase));
        return index >= 0
            ? index
            : throw new ArgumentOutOfRangeException(nameof(name), name, "The result has no column of that name.");
    }

    /// <summary>The type that the table declares, or else the one that the value has.</summary>
    public override string GetDataTypeName(int ordinal) => ColumnTypes.NameOf(Columns(ordinal), ordinal, CurrentKind(ordinal));

    /// <summary>
    /// The type of the value of the current row; for NULL, or before the first row, of the first that is not NULL; or else the one that
    /// the table declares.
    /// </summary>
    public override Type GetFieldType(int ordinal) => ColumnTypes.TypeOf(Columns(ordinal), ordinal, CurrentKind(ordinal));

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    /// <summary>The columns with their names and types, as far as the server tells them.</summary>
    public override DataTable GetSchemaTable() => ColumnTypes.Describe(Open());

    /// <inheritdoc/>
    public override void Close() => Blocking.Wait(CloseAsync);

    /// <inheritdoc/>
    public override async Task CloseAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        try
        {
            await _rows.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _ended();
            if (_closes is not null)
            {
                await _closes.CloseAsync().ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes without reading what is left.</summary>
    internal Task AbandonAsync()
    {
        _rows.Abandon();
        return CloseAsync();
    }

    private static InvalidOperationException IsNull(int ordinal) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"The data is NULL at ordinal {ordinal}. This method can't be called on NULL values. Check using IsDBNull before calling."));

    private static long Copy<T>(ReadOnlySpan<T> from, long offset, T[]? buffer, int bufferOffset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var rest = offset >= from.Length ? [] : from[(int)offset..];
        if (buffer is null)
        {
            return rest.Length;
        }

        rest = rest[..Math.Min(length, rest.Length)];
        rest.CopyTo(buffer.AsSpan(bufferOffset));
        return rest.Length;
    }

    private RowSource Open() => _isClosed ? throw new InvalidOperationException("The reader is closed.") : _rows;

    private ColumnSet Columns(int ordinal)
    {
        var columns = Open().Columns;
        return (uint)ordinal < (uint)columns.Count
            ? columns
            : throw new ArgumentOutOfRangeException(nameof(ordinal), ordinal, $"The result has {columns.Count} columns.");
    }

    private ValueKind CurrentKind(int ordinal) =>
        _rows.IsOnRow && _rows.Row[ordinal].Kind is var kind and not ValueKind.Null ? kind : _rows.KindOf(ordinal);

    private LibSqlValue Cell(int ordinal)
    {
        var rows = Open();
        if (!rows.IsOnRow)
        {
            throw new InvalidOperationException("No data exists for the row/column.");
        }

        Columns(ordinal);
        return rows.Row[ordinal];
    }

    private LibSqlValue NotNull(int ordinal) =>
        Cell(ordinal) is { Kind: not ValueKind.Null } cell ? cell : throw IsNull(ordinal);
}
