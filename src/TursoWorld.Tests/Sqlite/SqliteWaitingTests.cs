using System.Runtime.InteropServices;
using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

/// <summary>
/// A SQLite compiled without <c>usleep</c> sleeps whole seconds. What is asserted is that quantum, not speed: none of
/// these waits can be had in less than a second without our sleep.
/// </summary>
public sealed class SqliteWaitingTests : IDisposable
{
    private static readonly TimeSpan Quantum = TimeSpan.FromMilliseconds(900);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    public SqliteWaitingTests() => SqliteLibrary.EnsureLoaded();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void SQLite_itself_sleeps_as_short_as_it_wants_to()
    {
        var sleep = Marshal.GetDelegateForFunctionPointer<SqliteSleep>(Export("sqlite3_sleep"));
        var start = TimeProvider.System.GetTimestamp();

        var slept = sleep(5);

        slept.Should().Be(5);
        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(5))
            .And.BeLessThan(Quantum);
    }

    [Fact]
    public void A_waiting_connection_gets_the_lock_soon_after_it_is_freed()
    {
        using var holder = Open();
        using var waiter = Open();
        SqliteBusyHandler.Install(waiter.Handle, TimeSpan.FromSeconds(5));
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        using var waiting = new ManualResetEventSlim();
        var freeing = new Thread(() =>
        {
            waiting.Wait();
            NativeSleep.Microseconds(20_000);
            holder.Execute("COMMIT");
        });
        freeing.Start();
        var start = TimeProvider.System.GetTimestamp();

        waiting.Set();
        var code = waiter.Execute("BEGIN IMMEDIATE");
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        freeing.Join();

        code.Should().Be(raw.SQLITE_OK);
        elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(20)).And.BeLessThan(Quantum);
    }

    [Fact]
    public void A_lock_that_is_not_freed_in_time_is_busy()
    {
        using var holder = Open();
        using var waiter = Open();
        SqliteBusyHandler.Install(waiter.Handle, TimeSpan.FromMilliseconds(60));
        holder.Execute("BEGIN IMMEDIATE").Should().Be(raw.SQLITE_OK);
        var start = TimeProvider.System.GetTimestamp();

        var code = waiter.Execute("BEGIN IMMEDIATE");

        SqliteErrors.Classify(code, waiter.Message, out _).Should().Be(Sql.SqlErrorKind.Busy);
        TimeProvider.System.GetElapsedTime(start).Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(60));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(60)]
    [InlineData(5_000)]
    public void The_pauses_add_up_to_the_timeout(long timeoutMilliseconds)
    {
        var pauses = new List<long>();
        while (SqliteBusyHandler.NextDelay(timeoutMilliseconds, pauses.Count) is { } pause)
        {
            pauses.Add(pause);
        }

        pauses.Sum().Should().Be(timeoutMilliseconds * 1_000);
        pauses.Should().NotContain(pause => pause <= 0 || pause > 5_000);
    }

    private static nint Export(string function)
    {
        var library = Environment.GetEnvironmentVariable(SqliteLibrary.Variable) is { Length: > 0 } named
            ? NativeLibrary.Load(named)
            : NativeLibrary.Load(SqliteNative.LibraryName, typeof(SqliteLibrary).Assembly, searchPath: null);
        return NativeLibrary.GetExport(library, function);
    }

    private RawDatabase Open() => new(Path.Combine(_folder.FullName, "waiting.db"));

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SqliteSleep(int milliseconds);
}
