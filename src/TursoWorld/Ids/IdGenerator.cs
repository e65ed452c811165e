using System.Security.Cryptography;

namespace TursoWorld.Ids;

/// <summary>
/// Makes ids. Each is greater than the one before, also within a millisecond and when the clock goes back, so that rows
/// with fresh ids go to the end of an index.
/// </summary>
internal sealed class IdGenerator(TimeProvider timeProvider)
{
    private const string RunPrefix = "wrun_";
    private const string MessagePrefix = "msg_";
    private const string WorkerPrefix = "wrkr_";

    // Guards the two fields below.
    private readonly Lock _lock = new();
    private long _milliseconds;
    private UInt128 _random;

    public string NewRunId() => RunPrefix + NewUlid();

    public string NewMessageId() => MessagePrefix + NewUlid();

    public string NewWorkerId() => WorkerPrefix + NewUlid();

    public string NewLeaseToken() => NewUlid();

    /// <summary>The seed of a run, from a cryptographic source.</summary>
    public static byte[] NewSeed() => RandomNumberGenerator.GetBytes(16);

    /// <summary>The id of the one message that drives a run.</summary>
    public static string MessageIdOf(string runId) => string.Concat(MessagePrefix, runId.AsSpan(RunPrefix.Length));

    /// <summary>The id of a run that was made at a certain time.</summary>
    public static string RunIdOf(DateTimeOffset at, ReadOnlySpan<byte> tenRandomBytes) =>
        RunPrefix + Ulid.Format(at.ToUnixTimeMilliseconds(), Ulid.ReadRandom(tenRandomBytes));

    public static bool IsRunId(string text) =>
        text.StartsWith(RunPrefix, StringComparison.Ordinal) && Ulid.IsValid(text.AsSpan(RunPrefix.Length));

    /// <summary>When an id was made; milliseconds.</summary>
    public static DateTimeOffset TimeOfRunId(string runId) => Ulid.TimeOf(runId.AsSpan(RunPrefix.Length));

    private string NewUlid()
    {
        var now = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_lock)
        {
            if (now > _milliseconds)
            {
                Span<byte> bytes = stackalloc byte[10];
                RandomNumberGenerator.Fill(bytes); // once in a millisecond: it costs as much as all the rest
                _milliseconds = now;
                _random = Ulid.ReadRandom(bytes) >> 1; // room to count up
            }
            else
            {
                _random++;
            }

            return Ulid.Format(_milliseconds, _random);
        }
    }
}
