using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task A_child_stands_still_at_a_point_and_dies_there()
    {
        await using var child = ChildProcess.Start("echo-point", "first", "second");
        await child.ReachedAsync("first");

        await child.KillAsync();

        child.Output.Should().Be("reached first");
        var find = () => Process.GetProcessById(child.Id);
        find.Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task A_child_that_is_told_to_go_on_gets_to_its_end()
    {
        await using var child = ChildProcess.Start("echo-point", "first", "second point");

        await child.ReachedAsync("first");
        await child.ContinueAsync();
        await child.ReachedAsync("second point");
        await child.ContinueAsync();

        (await child.WaitForExitAsync()).Should().Be(2);
        child.Output.Split(Environment.NewLine).Should().BeEquivalentTo(
            "reached first", "passed first", "reached second point", "passed second point", "stderr: no points left");
    }

    [Fact]
    public async Task A_child_ends_when_its_parent_is_gone()
    {
        await using var child = ChildProcess.Start("echo-point", "first", "second");
        await child.ReachedAsync("first");

        child.CloseInput();

        (await child.WaitForExitAsync()).Should().Be(1);
        child.Output.Should().NotContain("passed first");
    }

    [Fact]
    public async Task A_child_that_ends_early_fails_the_wait_with_its_output()
    {
        await using var child = ChildProcess.Start("no-such-scenario");

        var wait = () => child.ReachedAsync("first");

        await wait.Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*ended with code*before it reached 'first'*stderr:*no-such-scenario*echo-point*");
    }

    [Fact]
    public async Task Any_program_can_be_a_child()
    {
        var self = Environment.ProcessPath!;
        var isMuxer = Path.GetFileNameWithoutExtension(self) == "dotnet";
        string[] args = isMuxer ? [typeof(Program).Assembly.Location, "first"] : ["first"];

        await using var child = ChildProcess.StartProgram(
            self, args, new() { [CrashScenarios.Variable] = "echo-point" });

        await child.ReachedAsync("first");
    }
}
