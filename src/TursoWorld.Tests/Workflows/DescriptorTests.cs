using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Descriptors are counted where the system lists them, and only those of this test's own database.</summary>
public sealed class DescriptorTests() : WorkflowTests(Backend.SqliteFile)
{
    private const string Descriptors = "/proc/self/fd";

    [Fact]
    public async Task Looking_for_work_uses_up_no_descriptors()
    {
        Assert.SkipUnless(Directory.Exists(Descriptors), $"This system has no {Descriptors}.");
        var sender = Worlds.CreateApart(WithRealTime);
        var world = Worlds.CreateApart(WithRealTime);
        world.CreateQueueHandler("mail", (_, _) => Task.FromResult(QueueResult.Done));
        await world.StartAsync(Limit);
        var transitions = Watch(world);
        var counts = new List<int>();

        // Each message of the other process has to be found by looking.
        for (var i = 0; i < 60; i++)
        {
            var id = await sender.QueueAsync("mail", default, null, Limit);
            await transitions.NextAsync(TransitionKind.MessageCompleted, id);
            counts.Add(Directory.EnumerateFileSystemEntries(Descriptors).Count(IsOurs));
        }

        // Two that read at once for the first time open a reader more, which stays. A leak would be one for every look.
        counts.Should().OnlyContain(count => count > 0);
        counts.Max().Should().BeLessThan(counts[0] + (counts.Count / 3));
    }

    private static void WithRealTime(WorldOptions options) => options.TimeProvider = TimeProvider.System;

    private bool IsOurs(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget?.StartsWith(Worlds.Path, StringComparison.Ordinal) == true;
        }
        catch (IOException)
        {
            return false; // closed by another test in the meantime
        }
    }
}
