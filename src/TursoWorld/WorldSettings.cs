using System.Globalization;
using System.Text.RegularExpressions;
using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld;

/// <summary>Options after precedence and validation: explicit value, then environment variable, then default.</summary>
internal sealed partial record WorldSettings(
    DatabaseUrl Database, int Concurrency, Uri? BaseUrl, bool AllowUnsafeSqlite, WorldOptions Options)
{
    private const string DatabaseVariable = "WORKFLOW_TURSO_DATABASE_URL";
    private const string TokenVariable = "WORKFLOW_TURSO_AUTH_TOKEN";
    private const string ConcurrencyVariable = "WORKFLOW_CONCURRENCY";
    private const string ServiceVariable = "WORKFLOW_SERVICE_URL";
    private const string PortVariable = "PORT";
    private const string UnsafeVariable = "WORKFLOW_ALLOW_UNSAFE_SQLITE";
    private const string DefaultDatabase = "file:workflow.db";
    private const int DefaultConcurrency = 20;

    /// <exception cref="InvalidOptionsException">At least one option cannot work; the exception lists all that cannot.</exception>
    public static WorldSettings Resolve(WorldOptions options, Func<string, string?> readVariable)
    {
        // A variable that is empty is one that is not set: a script cannot always tell the two apart.
        string? readEnvironment(string name) => readVariable(name) is { Length: > 0 } text ? text : null;
        var failures = new List<string>();
        var database = ReadDatabase(options, readEnvironment, failures);

        var concurrency = options.Concurrency ?? ReadConcurrency(readEnvironment(ConcurrencyVariable), failures);
        Require(concurrency is >= 1 and <= 10_000, nameof(options.Concurrency), concurrency, "between 1 and 10000");
        Require(options.MaxLiveRuns is >= 1 and <= 1_000_000, nameof(options.MaxLiveRuns), options.MaxLiveRuns, "between 1 and 1000000");
        Require(
            options.PollInterval >= TimeSpan.FromMilliseconds(20) && options.PollInterval <= TimeSpan.FromSeconds(10),
            nameof(options.PollInterval), options.PollInterval, "between 20 milliseconds and 10 seconds");
        Require(
            options.Lease >= TimeSpan.FromSeconds(1) && options.Lease <= TimeSpan.FromDays(1),
            nameof(options.Lease), options.Lease, "between 1 second and 1 day");
        Require(
            options.ShutdownTimeout >= TimeSpan.Zero && options.ShutdownTimeout <= TimeSpan.FromDays(1),
            nameof(options.ShutdownTimeout), options.ShutdownTimeout, "between 0 and 1 day");
        Require(
            options.BusyTimeout >= TimeSpan.FromSeconds(1) && options.BusyTimeout <= TimeSpan.FromHours(1),
            nameof(options.BusyTimeout), options.BusyTimeout, "between 1 second and 1 hour");
        Require(
            options.WorkflowYieldLimit == Timeout.InfiniteTimeSpan
                || (options.WorkflowYieldLimit >= TimeSpan.FromSeconds(1) && options.WorkflowYieldLimit <= TimeSpan.FromDays(1)),
            nameof(options.WorkflowYieldLimit), options.WorkflowYieldLimit, "between 1 second and 1 day, or infinite");
        Require(
            options.IdempotencyTtl >= TimeSpan.Zero && options.IdempotencyTtl <= TimeSpan.FromDays(1),
            nameof(options.IdempotencyTtl), options.IdempotencyTtl, "between 0 and 1 day");
        Require(options.MaxRetries is >= 1 and <= 1_000, nameof(options.MaxRetries), options.MaxRetries, "between 1 and 1000");
        Require(
            options.MaxPayloadBytes is >= 1_000 and <= 1_000_000_000,
            nameof(options.MaxPayloadBytes), options.MaxPayloadBytes, "between 1000 and 1000000000 bytes");
        var baseUrl = ReadBaseUrl(options.BaseUrl, readEnvironment, failures);
        var allowUnsafe = options.AllowUnsafeSqlite ?? ReadFlag(UnsafeVariable, readEnvironment(UnsafeVariable), failures);
        Require(
            options.Retention is not { } retention || Durations.IsRetention(retention),
            nameof(options.Retention), options.Retention ?? TimeSpan.Zero, "between 1 second and 36500 days, or null to keep runs");
        Require(
            options.DeadMessageRetention is not { } deadRetention || Durations.IsRetention(deadRetention),
            nameof(options.DeadMessageRetention), options.DeadMessageRetention ?? TimeSpan.Zero,
            "between 1 second and 36500 days, or null to keep dead messages");
        Require(Enum.IsDefined(options.StepMode), nameof(options.StepMode), options.StepMode, "Inline or Queued");
        Require(Enum.IsDefined(options.Durability), nameof(options.Durability), options.Durability, "Full or Normal");
        if (options.Serializer is not null && options.SerializerOptions is not null)
        {
            failures.Add(
                "Serializer and SerializerOptions are both given, and only one of them can be used. Give the serializer its options itself.");
        }

        RequireGiven(options.DefaultRetry, nameof(options.DefaultRetry));
        RequireGiven(options.TimeProvider, nameof(options.TimeProvider));
        RequireGiven(options.LoggerFactory, nameof(options.LoggerFactory));
        CheckCodecs(options.Codecs, failures);
        return failures.Count == 0
            ? new WorldSettings(database!, concurrency, baseUrl, allowUnsafe, options) // parsed, or there would be a failure
            : throw new InvalidOptionsException(failures);

        void RequireGiven(object? value, string option)
        {
            if (value is null)
            {
                failures.Add($"{option} must not be null. Leave it out for the default.");
            }
        }

        void Require(bool holds, string option, object value, string rule)
        {
            if (!holds)
            {
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"{option} must be {rule}; it is {value}."));
            }
        }
    }

    private static DatabaseUrl? ReadDatabase(WorldOptions options, Func<string, string?> readEnvironment, List<string> failures)
    {
        var database = DatabaseUrl.TryParse(
            options.DatabaseUrl ?? readEnvironment(DatabaseVariable) ?? DefaultDatabase, out var failure);
        var token = options.AuthToken ?? (database?.Server?.AuthToken is null ? readEnvironment(TokenVariable) : null);
        if (failure is not null)
        {
            failures.Add(failure);
        }

        if (database?.Server is not { } server)
        {
            return database;
        }

        if (token is not null && token.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            failures.Add("AuthToken has a character that a token does not have, perhaps a line end from the file it was read from. It is not shown here.");
            return null;
        }

        server = server with
        {
            AuthToken = string.IsNullOrEmpty(token) ? server.AuthToken : token,
            HostHeader = options.DatabaseHost,
        };
        if (server.ExposesToken)
        {
            failures.Add(
                $"DatabaseUrl '{server.Name}' would send the token unencrypted to another machine. Use libsql:// or https://.");
        }

        return database with { Server = server };
    }

    private static void CheckCodecs(IReadOnlyList<IPayloadCodec>? codecs, List<string> failures)
    {
        if (codecs is null || codecs.Contains(null!))
        {
            failures.Add("Codecs must be a list of codecs; it is, or contains, null. Leave it empty for none.");
            return;
        }

        foreach (var codec in codecs.Where(codec => !ValidCodecId().IsMatch(codec.Id ?? "")))
        {
            failures.Add($"Codecs has a codec with the id '{codec.Id}'. An id has 1 to {PayloadCodecs.LongestId} ASCII letters, digits, or any of . _ -");
        }

        foreach (var twice in codecs.GroupBy(codec => codec.Id).Where(group => group.Count() > 1))
        {
            failures.Add($"Codecs has {twice.Count()} codecs with the id '{twice.Key}'. Which of them wrote a payload could not be told.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._\-]{1,32}\z")]
    private static partial Regex ValidCodecId();

    private static Uri? ReadBaseUrl(string? given, Func<string, string?> readEnvironment, List<string> failures)
    {
        var (source, text) = given is not null
            ? (nameof(WorldOptions.BaseUrl), given)
            : ($"The environment variable {ServiceVariable}", readEnvironment(ServiceVariable));
        if (given is null && string.IsNullOrEmpty(text))
        {
            // Hosts also give names of pipes and the like; they are no port.
            return ushort.TryParse(readEnvironment(PortVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
                ? new UriBuilder(Uri.UriSchemeHttp, "localhost", port).Uri
                : null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url is { Query: "", Fragment: "", UserInfo: "" })
        {
            return url;
        }

        failures.Add($"{source} must be an absolute http:// or https:// URL without user, query and fragment; it is '{text}'.");
        return null;
    }

    private static bool ReadFlag(string variable, string? text, List<string> failures)
    {
        if (!bool.TryParse(text ?? bool.FalseString, out var value))
        {
            failures.Add($"The environment variable {variable} must be 'true' or 'false'; it is '{text}'.");
        }

        return value;
    }

    private static int ReadConcurrency(string? text, List<string> failures)
    {
        if (string.IsNullOrEmpty(text))
        {
            return DefaultConcurrency;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        failures.Add($"The environment variable {ConcurrencyVariable} must be a whole number; it is '{text}'.");
        return DefaultConcurrency;
    }
}
