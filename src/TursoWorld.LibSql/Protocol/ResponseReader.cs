using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Reads the answer to a pipeline.</summary>
internal static class ResponseReader
{
    /// <param name="json">The whole answer.</param>
    /// <param name="batchIndex">Which of the results is that of the batch.</param>
    /// <param name="stepCount">How many steps the batch has; 0 when there is no batch.</param>
    public static PipelineAnswer Read(ReadOnlySpan<byte> json, int batchIndex, int stepCount)
    {
        var reader = new Utf8JsonReader(json);
        var answer = new PipelineAnswer();
        var results = 0;
        JsonReading.Read(ref reader);
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("baton"u8))
            {
                answer.Baton = JsonReading.ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("base_url"u8))
            {
                answer.BaseUrl = JsonReading.ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("results"u8))
            {
                JsonReading.Read(ref reader);
                results = ReadResults(ref reader, answer, stepCount > 0 ? batchIndex : -1);
            }
            else
            {
                JsonReading.SkipMember(ref reader);
            }
        }

        return stepCount == 0 || (results > batchIndex && (answer.Error is not null || answer.Steps.Length == stepCount))
            ? answer
            : throw new JsonException("The answer does not have a result for every request.");
    }

    private static int ReadResults(ref Utf8JsonReader reader, PipelineAnswer answer, int batchIndex)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartArray);
        var count = 0;
        while (JsonReading.NextElement(ref reader))
        {
            JsonReading.Enter(ref reader, JsonTokenType.StartObject);
            while (JsonReading.NextMember(ref reader))
            {
                if (reader.ValueTextEquals("error"u8))
                {
                    JsonReading.Read(ref reader);
                    answer.Error ??= ResultReader.ReadError(ref reader);
                }
                else if (count == batchIndex && reader.ValueTextEquals("response"u8))
                {
                    JsonReading.Read(ref reader);
                    ReadResponse(ref reader, answer);
                }
                else
                {
                    JsonReading.SkipMember(ref reader);
                }
            }

            count++;
        }

        return count;
    }

    private static void ReadResponse(ref Utf8JsonReader reader, PipelineAnswer answer)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("result"u8))
            {
                JsonReading.Read(ref reader);
                ReadBatch(ref reader, answer);
            }
            else
            {
                JsonReading.SkipMember(ref reader);
            }
        }
    }

    private static void ReadBatch(ref Utf8JsonReader reader, PipelineAnswer answer)
    {
        JsonReading.Enter(ref reader, JsonTokenType.StartObject);
        var steps = new List<LibSqlStepResult>();
        while (JsonReading.NextMember(ref reader))
        {
            if (reader.ValueTextEquals("step_results"u8))
            {
                ReadSteps(ref reader, steps, areErrors: false);
            }
            else if (reader.ValueTextEquals("step_errors"u8))
            {
                ReadSteps(ref reader, steps, areErrors: true);
            }
            else if (reader.ValueTextEquals("replication_index"u8))
            {
                answer.ReplicationIndex = JsonReading.ReadPosition(ref reader);
            }
            else
            {
                JsonReading.SkipMember(ref reader);
            }
        }

        answer.Steps = [.. steps];
    }

    // A step has a result, or an error, or neither; the two come in arrays of the same length.
    private static void ReadSteps(ref Utf8JsonReader reader, List<LibSqlStepResult> steps, bool areErrors)
    {
        JsonReading.Read(ref reader);
        JsonReading.Enter(ref reader, JsonTokenType.StartArray);
        for (var index = 0; JsonReading.NextElement(ref reader); index++)
        {
            if (index == steps.Count)
            {
                steps.Add(LibSqlStepResult.Skipped);
            }

            if (reader.TokenType != JsonTokenType.Null)
            {
                steps[index] = areErrors
                    ? new LibSqlStepResult(ResultReader.ReadError(ref reader))
                    : new LibSqlStepResult(ResultReader.Read(ref reader));
            }
        }
    }
}
