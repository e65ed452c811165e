using System.Text.Json;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>
/// A child that lends a world to a program in another language: a call per line of standard input, an answer per line of
/// standard output. It ends with its input, as it does when that program dies. What the world is made with comes from the
/// environment, as for any program that passes no options.
/// </summary>
internal static class WorldServer
{
    public static async Task<int> RunAsync(string[] args)
    {
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        var answers = TextWriter.Synchronized(output);
        using var input = new StreamReader(Console.OpenStandardInput());
        await using var world = WorldFactory.CreateWorld();
        await using var calls = new WorldCalls(world);
        using var ending = new CancellationTokenSource();
        var open = new List<Task>();
        while (await input.ReadLineAsync(CancellationToken.None) is { } line)
        {
            open.RemoveAll(call => call.IsCompletedSuccessfully);
            open.Add(AnswerAsync(line, calls, answers, ending.Token));
        }

        await ending.CancelAsync();
        await calls.DisposeAsync();
        await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // nobody hears them any more
        return 0;
    }

    private static async Task AnswerAsync(string line, WorldCalls calls, TextWriter answers, CancellationToken cancellationToken)
    {
        using var request = JsonDocument.Parse(line);
        var answer = new JsonObject { ["id"] = request.RootElement.GetProperty("id").GetInt32() };
        try
        {
            var (name, args) = (request.RootElement.Text("call"), request.RootElement.GetProperty("args"));
            answer["result"] = await calls.CallAsync(name, args, cancellationToken);
        }
        catch (Exception exception)
        {
            answer["error"] = ToNode(exception);
        }

        await answers.WriteLineAsync(answer.ToJsonString());
    }

    private static JsonObject ToNode(Exception exception) => exception switch
    {
        WorldException known => Wire.Object(
            ("code", known.Code),
            ("status", known.HttpStatus),
            ("message", known.Message),
            ("retryAfter", known?.RetryAfter?.TotalSeconds),
            ("runSpecVersion", (known as RunNotSupportedException)?.RunSpecVersion),
            ("worldSpecVersion", (known as RunNotSupportedException)?.WorldSpecVersion)),
        ArgumentException => Wire.Object(("status", 400), ("message", exception.Message)),
        _ => Wire.Object(("status", 500), ("message", exception.ToString())),
    };
}
