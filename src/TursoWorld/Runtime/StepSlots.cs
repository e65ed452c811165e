using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>
/// The slots that one run has taken for attempts that have not begun: an attempt is recorded only when there is a slot for it, so
/// what is recorded as running does run. While there is none, the run stands in line for one. Not safe for several threads at once.
/// </summary>
#pragma warning disable CA1001 // The source has no timer and no wait handle.
internal sealed class StepSlots(Slots slots)
#pragma warning restore CA1001
{
    private CancellationTokenSource? _line;
    private int _taken;
    private int _granted; // slots that were waited for; added by another thread

    /// <summary>Whether so many slots are held, or can be had at once.</summary>
    public bool TryHold(int count)
    {
        _taken += Interlocked.Exchange(ref _granted, 0);
        if (_taken < count)
        {
            _taken += slots.Take(count - _taken);
        }

        return _taken >= count;
    }

    /// <summary>An attempt begins in one of them, and gives it back when its code returns.</summary>
    public void Use() => _taken--;

    /// <summary>Gives back all but so many.</summary>
    public void Keep(int count)
    {
        _taken += Interlocked.Exchange(ref _granted, 0);
        var unused = Math.Max(0, _taken - count);
        _taken -= unused;
        slots.Release(unused);
    }

    /// <summary>Waits for a slot, once.</summary>
    /// <param name="onGranted">Called when there is one, on any thread.</param>
    public void StandInLine(Action onGranted)
    {
        if (_line is null)
        {
            _line = new CancellationTokenSource();
            _ = WaitInLineAsync(_line, onGranted);
        }
    }

    /// <summary>Waits for no slot any more.</summary>
    public void LeaveLine()
    {
        Interlocked.Exchange(ref _line, null)?.Cancel();
    }

    private async Task WaitInLineAsync(CancellationTokenSource line, Action onGranted)
    {
        try
        {
            await slots.WaitAsync(line.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _line, null, line) == line)
        {
            Interlocked.Increment(ref _granted);
            onGranted();
        }
        else
        {
            slots.Release(); // the run has left the line meanwhile
        }
    }
}
