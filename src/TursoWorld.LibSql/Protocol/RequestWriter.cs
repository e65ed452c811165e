using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Writes requests as JSON.</summary>
internal static class RequestWriter
{
    // Integers and base64 must come without escapes. Everything else may be escaped, but need not be.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Writes a pipeline with one batch.</summary>
    /// <returns>How many results come before that of the batch.</returns>
    public static int WritePipeline(RequestBuffer buffer, WireBatch batch)
    {
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("baton", batch.Baton);
        writer.WriteStartArray("requests");

        var stored = StoredTexts.Choose(batch.Steps);
        WriteStored(writer, stored);
        if (batch.Steps.Count > 0)
        {
            writer.WriteStartObject();
            writer.WriteString(WireNames.Type, "batch");
            WriteBatch(writer, batch, stored);
            writer.WriteEndObject();
        }

        if (!batch.Closes)
        {
            // On a stream that lives on, an id may not be taken twice.
            ForgetStored(writer, stored);
        }
        else
        {
            writer.WriteStartObject();
            writer.WriteString(WireNames.Type, "close");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return stored?.Count ?? 0;
    }

    /// <summary>Writes the request for a cursor.</summary>
    public static void WriteCursor(RequestBuffer buffer, WireBatch batch)
    {
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("baton", batch.Baton);
        WriteBatch(writer, batch, stored: null);
        writer.WriteEndObject();
    }

    private static void WriteStored(Utf8JsonWriter writer, Dictionary<SqlStatementText, int>? stored)
    {
        foreach (var (statement, id) in stored ?? [])
        {
            writer.WriteStartObject();
            writer.WriteString(WireNames.Type, "store_sql");
            writer.WriteNumber(WireNames.SqlId, id);
            writer.WriteString(WireNames.Sql, statement.Json);
            writer.WriteEndObject();
        }
    }

    private static void ForgetStored(Utf8JsonWriter writer, Dictionary<SqlStatementText, int>? stored)
    {
        foreach (var id in stored?.Values.AsEnumerable() ?? [])
        {
            writer.WriteStartObject();
            writer.WriteString(WireNames.Type, "close_sql");
            writer.WriteNumber(WireNames.SqlId, id);
            writer.WriteEndObject();
        }
    }

    private static void WriteBatch(Utf8JsonWriter writer, WireBatch batch, Dictionary<SqlStatementText, int>? stored)
    {
        writer.WriteStartObject("batch");
        writer.WriteStartArray("steps");
        for (var index = 0; index < batch.Steps.Count; index++)
        {
            var step = batch.Steps[index];
            writer.WriteStartObject();
            if (step.Condition is { } condition)
            {
                writer.WritePropertyName(WireNames.Condition);
                ConditionWriter.Write(writer, condition, index);
            }

            writer.WriteStartObject(WireNames.Stmt);
            if (stored is not null && stored.TryGetValue(step.Statement, out var id))
            {
                writer.WriteNumber(WireNames.SqlId, id);
            }
            else
            {
                writer.WriteString(WireNames.Sql, step.Statement.Json);
            }

            ArgumentWriter.Write(writer, step);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (batch.ReplicationIndex is { } replicationIndex)
        {
            writer.WriteString("replication_index", replicationIndex.ToString(CultureInfo.InvariantCulture));
        }

        writer.WriteEndObject();
    }
}
