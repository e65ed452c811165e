using System.Text.Json;

namespace TursoWorld.Storage;

/// <summary>Reads errors: those that this library wrote, and those of foreign runtimes, which are opaque.</summary>
internal static class StoredError
{
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
