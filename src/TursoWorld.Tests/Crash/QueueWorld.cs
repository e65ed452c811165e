using System.Globalization;

namespace TursoWorld.Tests.Crash;

/// <summary>A child that handles plain messages and keeps a ledger of when it began and ended each.</summary>
internal static class QueueWorld
{
    private static readonly Lock OneAtATime = new();

    /// <summary>Handles until it is killed.</summary>
    /// <param name="args">Path of the database, of the ledger, and the payload to stand still at; "any" is the first.</param>
    public static async Task<int> HandleAsync(string[] args)
    {
        await using var world = Create(args[0]);
        var handled = 0;
        Handle(world, args[1], payload =>
        {
            if (payload == args[2] || (Interlocked.Increment(ref handled) == 1 && args[2] == "any"))
            {
                CrashPoint.Reach($"in {args[2]}");
            }
        });
        CrashPoint.Reach("ready");
        await world.StartAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        return 0;
    }

    /// <summary>Sends with an idempotency key, and ends without a word.</summary>
    /// <param name="args">Path of the database.</param>
    public static async Task<int> SendAsync(string[] args)
    {
        var world = Create(args[0]);
        var id = await world.QueueAsync("keyed", default, new() { IdempotencyKey = "k" });
        CrashPoint.Reach(id);
        return 0;
    }

    public static World Create(string path) => WorldFactory.CreateWorld(
        new() { DatabaseUrl = "file:" + path, Concurrency = 8, IdempotencyTtl = TimeSpan.FromHours(1) });

    public static void Handle(World world, string ledger, Action<string> reach) =>
        world.CreateQueueHandler("work", async (message, cancellationToken) =>
        {
            var payload = System.Text.Encoding.UTF8.GetString(message.Payload.Span);
            Note("begin");
            reach(payload);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellationToken);
            Note("end");
            return QueueResult.Done;

            void Note(string what)
            {
                lock (OneAtATime)
                {
                    var now = TimeProvider.System.GetTimestamp();
                    File.AppendAllText(ledger, string.Create(
                        CultureInfo.InvariantCulture, $"{now} {message.MessageId} {what} {message.Attempt}\n"));
                }
            }
        });
}
