using System.Text.Json;
using System.Text.Json.Nodes;

namespace TursoWorld.Tests.DevKit;

/// <summary>The calls that the foreign interface has, each a call of the one public method that it stands for.</summary>
internal sealed class WorldCalls(World world) : IAsyncDisposable
{
    private readonly StreamReaders _readers = new(world.Streams);

    public async Task<JsonNode?> CallAsync(string name, JsonElement args, CancellationToken cancellationToken) => name switch
    {
        "start" => await DoneAsync(world.StartAsync(cancellationToken)),
        "close" => await DoneAsync(world.StopAsync(cancellationToken)),
        "queue" => await world.QueueAsync(
            args.Text("queueName"), args.GetProperty("message").ToBytes(), ToQueueOptions(args), cancellationToken),
        "events.create" => await CreateEventAsync(args, cancellationToken),
        "events.get" => await GetEventAsync(args, cancellationToken),
        "events.list" => await ToNodeAsync(
            args.Text("runId"),
            await world.Events.ListAsync(args.Text("runId"), ToPage(args), cancellationToken),
            cancellationToken),
        "events.listByCorrelationId" => await ListByCorrelationIdAsync(args, cancellationToken),
        "runs.get" => EntityShape.ToNode(await world.Runs.GetAsync(args.Text("runId"), ToData(args), cancellationToken)),
        "runs.list" => EntityShape.ToNode(
            await world.Runs.ListAsync(ToQuery(args), ToPage(args, SortOrder.Descending), cancellationToken), EntityShape.ToNode),
        "steps.get" => EntityShape.ToNode(await world.Steps.GetAsync(
            runId: args.Text("runId"), stepId: args.Text("stepId"), ToData(args), cancellationToken)),
        "steps.list" => EntityShape.ToNode(
            await world.Steps.ListAsync(args.Text("runId"), ToPage(args, SortOrder.Descending), cancellationToken),
            EntityShape.ToNode),
        "hooks.get" => await GetHookAsync(args, cancellationToken),
        "hooks.getByToken" => await world.Hooks.FindByTokenAsync(args.Text("token"), cancellationToken) is { } hook
            ? EntityShape.ToNode(hook)
            : null,
        "hooks.list" => EntityShape.ToNode(
            await world.Hooks.ListAsync(args.TextOrNull("runId"), ToPage(args), cancellationToken), EntityShape.ToNode),
        _ => await CallStreamAsync(name, args, cancellationToken),
    };

    public ValueTask DisposeAsync() => _readers.DisposeAsync();

    private async Task<JsonNode?> CallStreamAsync(string name, JsonElement args, CancellationToken cancellationToken)
    {
        if (name is "streams.next" or "streams.cancel")
        {
            var reader = args.GetProperty("reader").GetInt32();
            return name == "streams.next" ? await _readers.NextAsync(reader) : await DoneAsync(_readers.CancelAsync(reader));
        }

        var runId = args.Text("runId");
        if (name == "streams.list")
        {
            return JsonSerializer.SerializeToNode(await world.Streams.ListAsync(runId, cancellationToken));
        }

        var stream = args.Text("name");
        return name switch
        {
            "streams.write" => await DoneAsync(WriteAsync(runId, stream, args.GetProperty("chunk"), cancellationToken)),
            "streams.writeMulti" => await DoneAsync(world.Streams.WriteManyAsync(
                runId, stream, [.. args.GetProperty("chunks").EnumerateArray().Select(Wire.ToBytes)], cancellationToken)),
            "streams.close" => await DoneAsync(world.Streams.CloseAsync(runId, stream, cancellationToken)),
            "streams.get" => _readers.Open(runId, stream, args.NumberOrNull("startIndex") ?? 0),
            "streams.getChunks" => ToNode(
                await world.Streams.GetChunksAsync(runId, stream, ToPage(args), cancellationToken)),
            "streams.getInfo" => ToNode(await world.Streams.GetInfoAsync(runId, stream, cancellationToken)),
            _ => throw new ArgumentException($"There is no call '{name}'."),
        };
    }

    private Task WriteAsync(string runId, string stream, JsonElement chunk, CancellationToken cancellationToken) =>
        chunk.ValueKind == JsonValueKind.String
            ? world.Streams.WriteAsync(runId, stream, chunk.GetString()!, cancellationToken)
            : world.Streams.WriteAsync(runId, stream, chunk.ToBytes(), cancellationToken);

    private async Task<JsonNode?> CreateEventAsync(JsonElement args, CancellationToken cancellationToken)
    {
        var options = new CreateEventOptions
        {
            ResolveData = ToData(args),
            OccurredAt = args.InstantOrNull("occurredAt"),
            RequestId = args.TextOrNull("requestId"),
            SinceCursor = args.TextOrNull("sinceCursor"),
            SkipPreload = args.Flag("skipPreload"),
        };
        var data = EventShape.ToData(args.GetProperty("data"));
        var result = await world.Events.CreateAsync(args.TextOrNull("runId"), data, options, cancellationToken);
        var runId = result.Run?.RunId ?? args.Text("runId");
        var log = result.Log is { } page ? await ToNodeAsync(runId, page, cancellationToken) : null;
        var recorded = result.Event is { } e ? await ToNodeAsync(runId, e, cancellationToken) : null;
        return Wire.Object(
            ("event", recorded),
            ("run", result.Run is { } run ? EntityShape.ToNode(run) : null),
            ("step", result.Step is { } step ? EntityShape.ToNode(step) : null),
            ("hook", result.Hook is { } hook ? EntityShape.ToNode(hook) : null),
            ("wait", result.Wait is { } wait ? EntityShape.ToNode(wait) : null),
            ("events", log?["data"]?.DeepClone()),
            ("cursor", log?["cursor"]?.DeepClone()),
            ("hasMore", log?["hasMore"]?.DeepClone()),
            ("stepCreated", result.StepCreated ? true : null));
    }

    private async Task<JsonNode?> GetEventAsync(JsonElement args, CancellationToken cancellationToken)
    {
        var runId = args.Text("runId");
        var e = await world.Events.GetAsync(runId, args.Text("eventId"), ToData(args), cancellationToken);
        return await ToNodeAsync(runId, e, cancellationToken);
    }

    private async Task<JsonNode?> ListByCorrelationIdAsync(JsonElement args, CancellationToken cancellationToken)
    {
        var page = await world.Events.ListByCorrelationIdAsync(args.Text("correlationId"), ToPage(args), cancellationToken);
        return EntityShape.ToNode(page, found => EventShape.ToNode(found.RunId, found.Event, workflowName: ""));
    }

    /// <summary>The foreign interface finds a hook by its id alone; its events tell the run.</summary>
    private async Task<JsonNode?> GetHookAsync(JsonElement args, CancellationToken cancellationToken)
    {
        var hookId = args.Text("hookId");
        var events = await world.Events.ListByCorrelationIdAsync(hookId, new() { Limit = 1 }, cancellationToken);
        return events.Items is [var first]
            ? EntityShape.ToNode(await world.Hooks.GetAsync(runId: first.RunId, hookId, ToData(args), cancellationToken))
            : null;
    }

    private async Task<JsonObject> ToNodeAsync(string runId, Page<WorkflowEvent> page, CancellationToken cancellationToken)
    {
        var workflowName = await WorkflowNameAsync(runId, page.Items, cancellationToken);
        return EntityShape.ToNode(page, e => EventShape.ToNode(runId, e, workflowName));
    }

    private async Task<JsonNode> ToNodeAsync(string runId, WorkflowEvent e, CancellationToken cancellationToken) =>
        EventShape.ToNode(runId, e, await WorkflowNameAsync(runId, [e], cancellationToken));

    /// <summary>The foreign log has the name of the workflow in its first event, the library with the run.</summary>
    private async Task<string> WorkflowNameAsync(
        string runId, IReadOnlyList<WorkflowEvent> events, CancellationToken cancellationToken) =>
        events.Any(e => e is WorkflowEvent.RunCreated)
            ? (await world.Runs.GetAsync(runId, ResolveData.None, cancellationToken)).WorkflowName
            : "";

    private static JsonObject ToNode(StreamChunkPage page)
    {
        var chunks = EntityShape.ToNode(page.Chunks, chunk => Wire.Object(
            ("index", chunk.Index), ("data", Wire.ToNode(chunk.Content))));
        chunks["done"] = page.IsDone;
        return chunks;
    }

    private static JsonObject ToNode(StreamInfo info) => new() { ["tailIndex"] = info.TailIndex, ["done"] = info.IsDone };

    private static QueueOptions ToQueueOptions(JsonElement args) => new()
    {
        IdempotencyKey = args.TextOrNull("idempotencyKey"),
        Delay = TimeSpan.FromSeconds(args.Find("delaySeconds")?.GetDouble() ?? 0),
        Headers = args.MapOrNull<string>("headers"),
    };

    private static RunQuery ToQuery(JsonElement args) => new()
    {
        WorkflowName = args.TextOrNull("workflowName"),
        Statuses = args.Find("status") switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } one => [Status(one)],
            { } several => [.. several.EnumerateArray().Select(Status)],
        },
    };

    private static RunStatus Status(JsonElement name) =>
        Enum.TryParse<RunStatus>(name.GetString(), ignoreCase: true, out var status)
            ? status
            : throw new ArgumentException($"There is no status {name}.");

    private static PageRequest ToPage(JsonElement args, SortOrder order = SortOrder.Ascending)
    {
        var pagination = args.Find("pagination") ?? default;
        var page = new PageRequest
        {
            Cursor = pagination.TextOrNull("cursor"),
            Data = ToData(args),
            Order = pagination.TextOrNull("sortOrder") switch
            {
                "asc" => SortOrder.Ascending,
                "desc" => SortOrder.Descending,
                _ => order,
            },
        };
        return pagination.NumberOrNull("limit") is { } limit ? page with { Limit = limit } : page;
    }

    private static ResolveData ToData(JsonElement args) =>
        args.TextOrNull("resolveData") == "none" ? ResolveData.None : ResolveData.All;

    private static async Task<JsonNode?> DoneAsync(Task task)
    {
        await task;
        return null;
    }
}
