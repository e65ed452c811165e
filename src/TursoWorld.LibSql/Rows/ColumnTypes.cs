using System.Data;
using System.Data.Common;
using System.Globalization;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Rows;

/// <summary>What a column is, from what its table declares and what its values are.</summary>
internal static class ColumnTypes
{
    public static string NameOf(ColumnSet columns, int ordinal, ValueKind kind)
    {
        if (columns.DeclaredTypes[ordinal] is { } declared)
        {
            var arguments = declared.IndexOf('(', StringComparison.Ordinal);
            return arguments < 0 ? declared : declared[..arguments];
        }

        return kind switch
        {
            ValueKind.Integer => "INTEGER",
            ValueKind.Real => "REAL",
            ValueKind.Text => "TEXT",
            _ => "BLOB",
        };
    }

    public static Type TypeOf(ColumnSet columns, int ordinal, ValueKind kind) =>
        (kind == ValueKind.Null ? AffinityOf(columns.DeclaredTypes[ordinal]) : kind) switch
        {
            ValueKind.Integer => typeof(long),
            ValueKind.Real => typeof(double),
            ValueKind.Text => typeof(string),
            _ => typeof(byte[]),
        };

    /// <summary>As much of a schema as filling a table takes.</summary>
    public static DataTable Describe(RowSource rows)
    {
        var schema = new DataTable("SchemaTable") { Locale = CultureInfo.InvariantCulture };
        var name = schema.Columns.Add(SchemaTableColumn.ColumnName, typeof(string));
        var position = schema.Columns.Add(SchemaTableColumn.ColumnOrdinal, typeof(int));
        var size = schema.Columns.Add(SchemaTableColumn.ColumnSize, typeof(int));
        var precision = schema.Columns.Add(SchemaTableColumn.NumericPrecision, typeof(short));
        var scale = schema.Columns.Add(SchemaTableColumn.NumericScale, typeof(short));
        var type = schema.Columns.Add(SchemaTableColumn.DataType, typeof(Type));
        var typeName = schema.Columns.Add("DataTypeName", typeof(string));
        var allowsNull = schema.Columns.Add(SchemaTableColumn.AllowDBNull, typeof(bool));
        var isExpression = schema.Columns.Add(SchemaTableColumn.IsExpression, typeof(bool));
        for (var ordinal = 0; ordinal < rows.Columns.Count; ordinal++)
        {
            var kind = rows.KindOf(ordinal);
            var row = schema.NewRow();
            row[name] = rows.Columns.Names[ordinal];
            row[position] = ordinal;
            row[size] = -1;
            row[precision] = DBNull.Value;
            row[scale] = DBNull.Value;
            row[type] = rows.IsMixed(ordinal) ? typeof(object) : TypeOf(rows.Columns, ordinal, kind);
            row[typeName] = NameOf(rows.Columns, ordinal, kind);
            row[allowsNull] = true;
            row[isExpression] = rows.Columns.DeclaredTypes[ordinal] is null;
            schema.Rows.Add(row);
        }

        return schema;
    }

    // SQLite's rules, in their order. What SQLite calls numeric is text here: it may be a decimal.
    private static ValueKind AffinityOf(string? declared) =>
        declared is null ? ValueKind.Blob
        : Has(declared, "INT") ? ValueKind.Integer
        : Has(declared, "CHAR") || Has(declared, "CLOB") || Has(declared, "TEXT") ? ValueKind.Text
        : Has(declared, "BLOB") ? ValueKind.Blob
        : Has(declared, "REAL") || Has(declared, "FLOA") || Has(declared, "DOUB") ? ValueKind.Real
        : ValueKind.Text;

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
