using System.Text.Json;

namespace ConsoleApp;

internal sealed record Charge(string Key, string OrderId, decimal Amount);

/// <summary>
/// The books of the payment provider: a file with one line of JSON per charge, which several processes may share.
/// A line counts when it ends with a line feed; what a crash left without one is cut off by whoever writes next.
/// </summary>
internal sealed class Ledger(string path) : IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Dictionary<string, Charge> _known = [];
    private long _end;

    /// <summary>Cuts off what a crash left. Throws when the file is none of ours or cannot be written.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        await using var file = await OpenAsync(FileMode.OpenOrCreate, FileAccess.ReadWrite, cancellationToken);
        ReadLines(file, start: 0, out var end);
        file.SetLength(end);
    }

    /// <summary>Returns when the charge is on the disk. A key that is there already gives its charge.</summary>
    public async Task<Charge> AddAsync(Charge charge, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            await using var file = await OpenAsync(FileMode.OpenOrCreate, FileAccess.ReadWrite, cancellationToken);
            var added = ReadLines(file, _end, out _end);
            added.ForEach(other => _known.TryAdd(other.Key, other));
            if (_known.TryGetValue(charge.Key, out var existing))
            {
                return existing;
            }

            file.SetLength(_end);
            file.Position = _end;
            file.Write([.. JsonSerializer.SerializeToUtf8Bytes(charge), (byte)'\n']);
            file.Flush(flushToDisk: true);
            return charge;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Every charge, also those that share a key.</summary>
    public async Task<IReadOnlyList<Charge>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        await using var file = await OpenAsync(FileMode.Open, FileAccess.Read, cancellationToken);
        return ReadLines(file, start: 0, out _);
    }

    public void Dispose() => _oneAtATime.Dispose();

    private List<Charge> ReadLines(FileStream file, long start, out long end)
    {
        var bytes = new byte[file.Length - start];
        file.Position = start;
        file.ReadExactly(bytes);
        var complete = bytes.AsSpan(0, bytes.AsSpan().LastIndexOf((byte)'\n') + 1);
        end = start + complete.Length;

        var charges = new List<Charge>();
        while (!complete.IsEmpty)
        {
            var length = complete.IndexOf((byte)'\n');
            charges.Add(Parse(complete[..length]));
            complete = complete[(length + 1)..];
        }

        return charges;
    }

    private Charge Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<Charge>(line) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The ledger '{path}' has a line that is not a charge.", e);
        }
    }

    /// <summary>Opens the file for us alone. The lock goes with the process, whatever ends it.</summary>
    private async Task<FileStream> OpenAsync(FileMode mode, FileAccess access, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, mode, access, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (e is not DirectoryNotFoundException && attempt < 500)
            {
                await Task.Delay(RetryInterval, TimeProvider.System, cancellationToken);
            }
        }
    }
}
