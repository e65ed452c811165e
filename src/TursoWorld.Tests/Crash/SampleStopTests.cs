using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Crash;

public sealed class SampleStopTests : IDisposable
{
    private readonly CrashFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ctrl_C_stops_the_sample_gracefully_and_the_next_start_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGINT is a matter of Unix.");
        Requirement.Skip(SampleProgram.LackOfInterrupts());
        var sample = new SampleProgram(_folder.Url);
        await using var child = sample.StartInterruptible(SampleProgram.Orders, "--approve-all", "--pickup-delay", "0.2");
        await child.PrintedAsync("orders: ");

        Interrupt(child);
        var code = await child.WaitForExitAsync();

        code.Should().Be(130, child.Output);
        child.Output.Should().Contain("stopped; start again to go on");
        Count("queue_messages WHERE lease_ends_at > 0").Should().Be(0);
        Count("workers").Should().Be(0);
        Count("queue_messages").Should().BePositive();
        var next = await sample.RunAsync(SampleProgram.Orders, "--approve-all");
        next.Code.Should().Be(0, next.Output);
        next.Output.Should().Contain("go on").And.Contain(" failed 0 ");
        (await sample.VerifyAsync()).Should().EndWith("everything fits");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
    }

    private static void Interrupt(ChildProcess child)
    {
        using var kill = Process.Start("kill", ["-INT", child.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private long Count(string what) => DatabaseCheck.Scalar<long>(_folder.Database, $"SELECT count(*) FROM {what}");
}
