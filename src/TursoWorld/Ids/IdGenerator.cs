using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using NUlid;
using NUlid.Rng;

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
    private const int UlidLength = 26;

    private static readonly SearchValues<char> UlidLetters = SearchValues.Create("0123456789ABCDEFGHJKMNPQRSTVWXYZ");

    // Guards the two fields below.
    private readonly Lock _lock = new();
    private readonly MonotonicUlidRng _random = new(); // counts up within a millisecond
    private DateTimeOffset _latest = DateTimeOffset.UnixEpoch;

    public string NewRunId() => RunPrefix + NewUlid();

    public string NewMessageId() => MessagePrefix + NewUlid();

    public string NewWorkerId() => WorkerPrefix + NewUlid();

    public string NewLeaseToken() => NewUlid();

    /// <summary>The seed of a run, from a cryptographic source.</summary>
    public static byte[] NewSeed() => RandomNumberGenerator.GetBytes(16);

    /// <summary>The id of the one message that drives a run.</summary>
    public static string MessageIdOf(string runId) => string.Concat(MessagePrefix, runId.AsSpan(RunPrefix.Length));

    /// <summary>The id of a run that was made at a certain time.</summary>
    public static string RunIdOf(DateTimeOffset at, ReadOnlySpan<byte> tenRandomBytes)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16); // the time has 48 bits
        tenRandomBytes.CopyTo(bytes[6..]);
        return RunPrefix + new Ulid(bytes);
    }

    /// <summary>Whether a text is a run id in its canonical form. NUlid reads more: lower case, I, L, O, and a first letter above 7.</summary>
    public static bool IsRunId(string text) => IsId(RunPrefix, text);

    /// <summary>Whether a text is the id of a process at a database.</summary>
    public static bool IsWorkerId(string text) => IsId(WorkerPrefix, text);

    private static bool IsId(string prefix, string text)
    {
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var ulid = text.AsSpan(prefix.Length);
        return ulid.Length == UlidLength && ulid[0] <= '7' && ulid.IndexOfAnyExcept(UlidLetters) < 0;
    }

    /// <summary>When a valid id was made; milliseconds.</summary>
    public static DateTimeOffset TimeOfRunId(string runId) => Ulid.TryParse(runId.AsSpan(RunPrefix.Length), out var ulid)
        ? ulid.Time
        : DateTimeOffset.MaxValue; // a ULID reaches beyond the year 9999, a date does not

    private string NewUlid()
    {
        var now = timeProvider.GetUtcNow().ToUniversalTime(); // a clock of a test may have an offset, which NUlid does not take off
        lock (_lock)
        {
            if (now > _latest)
            {
                _latest = now;
            }

            return Ulid.NewUlid(_latest, _random).ToString();
        }
    }
}
