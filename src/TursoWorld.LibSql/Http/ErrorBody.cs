using System.Text;
using System.Text.Json;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Http;

/// <summary>Understands what comes with a status that is not 200: one of two forms of JSON, text, a web page, or nothing.</summary>
internal static class ErrorBody
{
    /// <summary>More than this of an error is not read.</summary>
    public const int MaxLength = 65_536;

    private const int MaxMessage = 500;

    public static ServerError Read(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body).Trim();
        if (text.StartsWith('{') && ReadJson(text) is { } error)
        {
            return error with { Message = Shorten(error.Message) };
        }

        // A page is some proxy's, and its text no help.
        return new ServerError(text.StartsWith('<') ? "" : Shorten(text), Code: null);
    }

    private static ServerError? ReadJson(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            string? message = null;
            string? code = null;
            JsonReading.Read(ref reader);
            while (JsonReading.NextMember(ref reader))
            {
                var isText = reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("message"u8);
                var isCode = reader.ValueTextEquals("code"u8);
                JsonReading.Read(ref reader);
                if (reader.TokenType != JsonTokenType.String)
                {
                    reader.Skip();
                }
                else if (isText)
                {
                    message = reader.GetString();
                }
                else if (isCode)
                {
                    code = reader.GetString();
                }
            }

            return message is null ? null : new ServerError(message, code);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // It only looked like JSON; the caller shows it as text.
            return null;
        }
    }

    private static string Shorten(string text) => text.Length <= MaxMessage ? text : $"{text[..MaxMessage]}…";
}
