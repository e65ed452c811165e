using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.DevKit;

/// <summary>
/// The public suite for worlds of the Workflow DevKit passes, and so do tests of ours through the same interface
/// (<c>interface.test.mjs</c>), for what that suite leaves out.
/// </summary>
[Collection<DevKitAlone>]
public sealed class DevKitTests(DevKitSuite suite)
{
    public static TheoryData<string> PublicTests { get; } =
    [
        "runs an addition",
        "idempotency",
        "hooks",
        "supports null bytes in step results",
        "retriable and fatal errors",
        "sequential steps complete in a single flow invocation",
        "sequential steps with stream complete in a single flow invocation",
        "sleep workflow requires exactly 2 flow invocations",
        "parallel steps (Promise.all) complete in 1-3 flow invocations",
        "sequential steps carrying an AbortSignal still run in a single flow invocation",
        "body-level start() records lineage on the child",
        "a three-level chain groups every run under the same root",
        "three batches of five parallel steps — report V2 handler behavior",
    ];

    public static TheoryData<string> InterfaceTests { get; } =
    [
        "entities come with and without their payloads",
        "an event keeps what was given along with it",
        "logs are read in pages, from a cursor on, and along with a write",
        "hooks are found by id and token, and a taken token is a conflict",
        "attributes are set, removed and bounded",
        "refusals have the names that the runtime goes by",
        "exactly one of many ends a step",
        "streams are read live, from the end, and in pages",
        "a message with a key that is held is the same message",
    ];

    [Theory]
    [MemberData(nameof(PublicTests))]
    public void A_test_of_the_public_suite_passes(string test) => ShouldHavePassed(test);

    [Theory]
    [MemberData(nameof(InterfaceTests))]
    public void A_test_through_the_foreign_interface_passes(string test) => ShouldHavePassed(test);

    [Fact]
    public void Every_test_is_listed_here()
    {
        suite.Require();

        suite.Outcomes.Keys.Should().BeEquivalentTo(PublicTests.Concat(InterfaceTests).Select(test => test.Data));
    }

    /// <summary>An exception that no test was waiting for ends the suite with an error, too.</summary>
    [Fact]
    public void Nothing_goes_wrong_beside_the_tests()
    {
        suite.Require();

        Assert.True(suite.ExitCode == 0, $"The suite ended with code {suite.ExitCode}:\n{suite.Output}");
    }

    [Fact]
    public async Task Every_run_is_over_and_the_database_is_sound()
    {
        suite.Require();
        await using var world = WorldFactory.CreateWorld(new() { DatabaseUrl = suite.DatabaseUrl });

        var runs = await world.Runs.CountAsync(TestContext.Current.CancellationToken);
        var open = await world.Runs.ListAsync(
            new() { Statuses = [RunStatus.Pending, RunStatus.Running] }, null, TestContext.Current.CancellationToken);
        var queues = await world.Queues.ListAsync(TestContext.Current.CancellationToken);
        var report = await world.CheckIntegrityAsync(TestContext.Current.CancellationToken);

        // A run that is open without a message would be one that was lost; say what there is before the file is deleted.
        open.Items.Should().BeEmpty("the queues hold {0}", string.Join(", ", queues));
        runs.Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Completed] = 16 });
        report.Problems.Should().BeEmpty();
    }

    private void ShouldHavePassed(string test)
    {
        suite.Require();

        suite.Outcomes.Should().ContainKey(test, "the suite has it; it printed:\n{0}", suite.Output);
        var outcome = suite.Outcomes[test];
        Assert.True(outcome.Status == "passed", $"{outcome.Status}: {outcome.Failures}\n{suite.Output}");
    }
}
