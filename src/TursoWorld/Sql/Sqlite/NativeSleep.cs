using System.Runtime.InteropServices;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Really sleeps, on the real clock, for less than a millisecond where the system can. Only for a thread that polls for
/// what raises no signal, a lock of the operating system or the commit of another process; everything else waits on a
/// timer or signal.
/// </summary>
internal static partial class NativeSleep
{
    private const int MicrosecondsPerSecond = 1_000_000;
    private const int Eintr = 4;

    /// <summary>Blocks the calling thread for at least this long; not at all when zero or negative.</summary>
    public static void Microseconds(long microseconds)
    {
        if (microseconds <= 0)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            WindowsSleep((uint)Math.Min((microseconds + 999) / 1_000, uint.MaxValue - 1));
            return;
        }

        var left = new TimeSpec(
            (nint)(microseconds / MicrosecondsPerSecond), (nint)(microseconds % MicrosecondsPerSecond * 1_000));

        // A signal ends the call early, and the runtime sends itself signals (for the garbage collector, for one).
        while (Nanosleep(in left, out var remainder) != 0 && Marshal.GetLastPInvokeError() == Eintr)
        {
            left = remainder;
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep", SetLastError = true)]
    private static partial int Nanosleep(in TimeSpec requested, out TimeSpec remainder);

    [LibraryImport("kernel32", EntryPoint = "Sleep")]
    private static partial void WindowsSleep(uint milliseconds);

    /// <summary>Both members are C's <c>long</c> behind the plain <c>nanosleep</c> symbol, on 32 bits too.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
