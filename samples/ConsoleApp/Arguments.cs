using System.Globalization;

namespace ConsoleApp;

internal enum Command
{
    Run,
    Approve,
    Decline,
    Verify,
    Help,
}

internal sealed class UsageException(string message) : Exception(message);

internal sealed record Arguments
{
    public const string Usage = """
        Fulfils the orders of a CSV file, each as a durable workflow. Kill it and start it again: it goes on.

        dotnet run --project samples/ConsoleApp [-- [<orders.csv>] [options]]
            <orders.csv>               order_id,customer,sku,quantity,amount; default: the 300 orders of data/orders.csv
            --database <url>           where everything is kept, default file:orders.db; charges go to <database>.ledger
            --pickup-delay <seconds>   how long a paid order waits for its pick-up slot, default 2
            --manual                   orders over 1000 wait for approve or decline from another console
            --approve-all              the simulated manager declines nothing, so every valid order is shipped

        dotnet run --project samples/ConsoleApp -- approve <order> [--database <url>]
        dotnet run --project samples/ConsoleApp -- decline <order> [--database <url>]
        dotnet run --project samples/ConsoleApp -- verify [<orders.csv>] [--database <url>]
            verify compares runs, stock and ledger; with a file, also that every order of it has been taken up

        Exit codes: 0 done, 1 an error or a failed order or a failed check, 2 wrong usage, 130 stopped by Ctrl-C.
        """;

    public Command Command { get; private init; }

    /// <summary>The order of approve and decline.</summary>
    public string OrderId { get; private init; } = "";

    /// <summary>The order file; null when none was named.</summary>
    public string? File { get; private init; }

    public string DatabaseUrl { get; private init; } = "file:orders.db";

    public TimeSpan PickupDelay { get; private init; } = TimeSpan.FromSeconds(2);

    public bool Manual { get; private init; }

    public bool ApproveAll { get; private init; }

    public string DatabasePath => Uri.UnescapeDataString(DatabaseUrl["file:".Length..]);

    public string LedgerPath => DatabasePath + ".ledger";

    public static Arguments Parse(string[] args)
    {
        var parsed = new Arguments();
        var words = new List<string>();
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var arg))
        {
            switch (arg)
            {
                case "--help" or "-h":
                    return new Arguments { Command = Command.Help };
                case "--manual":
                    parsed = parsed with { Manual = true };
                    break;
                case "--approve-all":
                    parsed = parsed with { ApproveAll = true };
                    break;
                case "--database":
                    parsed = parsed with { DatabaseUrl = FileUrl(ValueOf(arg, rest)) };
                    break;
                case "--pickup-delay":
                    parsed = parsed with { PickupDelay = Delay(ValueOf(arg, rest)) };
                    break;
                case ['-', ..]:
                    throw new UsageException($"unknown option '{arg}'");
                default:
                    words.Add(arg);
                    break;
            }
        }

        return parsed.WithWords(words);
    }

    private Arguments WithWords(List<string> words)
    {
        var parsed = words switch
        {
            ["approve", var order] => this with { Command = Command.Approve, OrderId = order },
            ["decline", var order] => this with { Command = Command.Decline, OrderId = order },
            ["approve" or "decline", ..] => throw new UsageException($"'{words[0]}' takes one order id"),
            ["verify"] => this with { Command = Command.Verify },
            ["verify", var file] => this with { Command = Command.Verify, File = file },
            [] => this,
            [var file] => this with { File = file },
            _ => throw new UsageException($"unknown argument '{words[^1]}'"),
        };
        if (Manual && ApproveAll)
        {
            throw new UsageException("--manual and --approve-all exclude each other");
        }

        if (parsed.Command != Command.Run && (Manual || ApproveAll))
        {
            throw new UsageException($"'{words[0]}' does not take --manual or --approve-all");
        }

        return parsed;
    }

    private static string ValueOf(string option, Queue<string> rest) =>
        rest.TryDequeue(out var value) ? value : throw new UsageException($"{option} needs a value");

    private static string FileUrl(string url) =>
        url.StartsWith("file:", StringComparison.Ordinal) && url.Length > "file:".Length
            ? url
            : throw new UsageException($"--database takes a file, such as file:orders.db, not '{url}'");

    private static TimeSpan Delay(string seconds) =>
        double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
        && value <= TimeSpan.SecondsPerDay
            ? TimeSpan.FromSeconds(value)
            : throw new UsageException($"--pickup-delay takes 0 to {TimeSpan.SecondsPerDay} seconds, not '{seconds}'");
}
