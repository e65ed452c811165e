using System.Text.Json;
using TursoWorld.Abstractions;

namespace TursoWorld.Log;

/// <summary>Reads errors: those that this library wrote, and those of foreign runtimes, which are opaque.</summary>
internal static class StoredError
{
    /// <summary>
    /// The error of a run or step, which is told without payloads as well: whoever asked for none is not stopped by one that
    /// cannot be decoded.
    /// </summary>
    /// <param name="codecs">What it went through.</param>
    /// <param name="stored">The error as it is stored.</param>
    /// <param name="data">What was asked for.</param>
    /// <param name="code">The code that a foreign runtime gave with it.</param>
    /// <returns>The error, and what was written; null when that cannot be decoded.</returns>
    public static (StructuredError Error, ReadOnlyMemory<byte>? Payload) Decode(
        PayloadCodecs codecs, ReadOnlyMemory<byte>? stored, ResolveData data, string? code = null)
    {
        try
        {
            var payload = codecs.Decode(stored);
            return (Read(payload, code), payload);
        }
        catch (PayloadCodecException exception) when (data == ResolveData.None)
        {
            return (Opaque(code ?? exception.Code, exception.Message), null);
        }
    }

    /// <param name="payload">The error as it was written; null when there is none.</param>
    /// <param name="code">The code that a foreign runtime gave with it.</param>
    public static StructuredError Read(ReadOnlyMemory<byte>? payload, string? code = null)
    {
        if (payload is not { Length: > 0 } bytes)
        {
            return Opaque(code, "No error was recorded.");
        }

        try
        {
            if (JsonSerializer.Deserialize(bytes.Span, StorageJson.Default.StructuredError) is { } error)
            {
                return error;
            }
        }
        catch (JsonException)
        {
            // Not one of ours: whoever wrote it knows how to read it.
        }

        return Opaque(code, "The error is in the format of the runtime that wrote it: see ErrorPayload.");
    }

    private static StructuredError Opaque(string? code, string message) =>
        new() { Code = code ?? ErrorCodes.UserError, Message = message };
}
