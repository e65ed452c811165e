using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>The real clock of a process, set while it runs.</summary>
public sealed class ClockProcessTests : IDisposable
{
    private readonly CrashFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What does not notice it is an hour late, and fails by the limit of the child.</summary>
    [Fact]
    public async Task A_world_goes_on_when_its_clock_is_set_two_hours_ahead_and_an_hour_back()
    {
        Assert.SkipWhen(FakeTimeLibrary.Lack is not null, FakeTimeLibrary.Lack ?? ""); // no build installs it, so it is never required
        var time = _folder.At("time");
        FakeTimeLibrary.Set(time, TimeSpan.Zero);
        await using var child = ChildProcess.Start("set-the-clock", [_folder.Database], FakeTimeLibrary.EnvironmentFor(time));

        await child.ReachedAsync("asleep");
        FakeTimeLibrary.Set(time, TimeSpan.FromHours(2));
        await child.ContinueAsync();
        await child.ReachedAsync("awake");
        await child.ContinueAsync();
        await child.ReachedAsync("hooked");
        FakeTimeLibrary.Set(time, TimeSpan.FromHours(1));
        await child.ContinueAsync();
        await child.ReachedAsync("on");
        await child.ContinueAsync();

        (await child.WaitForExitAsync()).Should().Be(0, child.Output);
    }
}
