using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>
/// Waits for a lock with sleeps that begin well below a millisecond. It takes the place of <c>PRAGMA busy_timeout</c>:
/// in a SQLite compiled without <c>usleep</c> that one asks its VFS for whole seconds in the first place, so a better
/// VFS alone does not help it.
/// </summary>
internal static unsafe class SqliteBusyHandler
{
    private const int FirstDelay = 300;
    private const int Doublings = 5;
    private const int LongestDelay = 5_000;

    /// <summary>
    /// Makes statements on this connection wait for a lock. Undone by <c>PRAGMA busy_timeout</c> and
    /// <c>sqlite3_busy_timeout</c>: a connection has one handler.
    /// </summary>
    /// <param name="database">An open connection.</param>
    /// <param name="timeout">How long to wait before the statement fails as busy; zero fails at once.</param>
    public static void Install(sqlite3 database, TimeSpan timeout) =>
        _ = SqliteNative.SetBusyHandler(database, &Wait, (nint)timeout.TotalMilliseconds);

    /// <summary>Microseconds to pause after <paramref name="count"/> earlier pauses; null when time is up.</summary>
    internal static long? NextDelay(long timeoutMilliseconds, int count)
    {
        var doublings = Math.Min(count, Doublings);
        var waited = (FirstDelay * ((1L << doublings) - 1)) + ((long)(count - doublings) * LongestDelay);
        var left = (timeoutMilliseconds * 1_000) - waited;
        var delay = count < Doublings ? FirstDelay << count : LongestDelay;
        return left > 0 ? Math.Min(delay, left) : null;
    }

    /// <summary>The time waited follows from the count, so the handler needs no state to free.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Wait(nint timeoutMilliseconds, int count)
    {
        if (NextDelay(timeoutMilliseconds, count) is not { } delay)
        {
            return 0;
        }

        NativeSleep.Microseconds(delay);
        return 1;
    }
}
