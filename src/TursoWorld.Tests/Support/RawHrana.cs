using System.Net;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.Support;

/// <summary>Talks to a libSQL server without our provider: to look at what the provider did, and at the server itself.</summary>
internal sealed class RawHrana(Uri url, string? host = null) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public static JsonObject Close => new() { ["type"] = "close" };

    public static JsonObject Execute(string sql) => new() { ["type"] = "execute", ["stmt"] = new JsonObject { ["sql"] = sql } };

    public static JsonObject Pipeline(params JsonNode[] requests) => Pipeline(baton: null, requests);

    public static JsonObject Pipeline(string? baton, JsonNode[] requests) =>
        new() { ["baton"] = baton, ["requests"] = new JsonArray(requests) };

    /// <summary>Sends one statement and returns the first value of its first row; null when there is none or it is NULL.</summary>
    public async Task<string?> ScalarAsync(string sql)
    {
        var answer = await SendAsync(Pipeline(Execute(sql), Close));
        var result = answer["results"]![0]!;
        if (result["error"] is { } error)
        {
            throw new InvalidOperationException($"{sql}: {error["message"]}");
        }

        var rows = result["response"]!["result"]!["rows"]!.AsArray();
        return rows.Count == 0 ? null : rows[0]![0]!["value"]?.ToString();
    }

    /// <summary>Sends a pipeline that is answered 200.</summary>
    public async Task<JsonNode> SendAsync(JsonNode pipeline)
    {
        var (status, body) = await PostAsync("/v3/pipeline", pipeline.ToJsonString());
        return status == HttpStatusCode.OK
            ? JsonNode.Parse(body)!
            : throw new InvalidOperationException($"The server answered {(int)status}: {body}");
    }

    /// <summary>Sends any body.</summary>
    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string body, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, path));
        request.Headers.Host = host;
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        request.Content = new StringContent(body, mediaType: new("application/json"));
        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => _http.Dispose();
}
