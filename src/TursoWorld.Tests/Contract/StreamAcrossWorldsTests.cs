using FluentAssertions;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.Contract;

/// <summary>Worlds that share nothing but the file.</summary>
public sealed class StreamAcrossWorldsTests() : WorkflowTests(Backend.SqliteFile)
{
    private const string Run = "wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    [Fact]
    public async Task A_reader_sees_what_another_process_writes_and_ends_with_it()
    {
        var reader = Worlds.CreateApart(WithRealTime);
        var writer = Worlds.CreateApart(WithRealTime);
        var seen = new List<byte>();
        var reading = Task.Run(async () =>
        {
            await foreach (var chunk in reader.Streams.ReadAsync(Run, "out", 0, Limit))
            {
                seen.Add(chunk.Span[0]);
            }
        }, Limit);

        for (var i = 0; i < 100; i++)
        {
            await writer.Streams.WriteAsync(Run, "out", new[] { (byte)i }, Limit);
        }

        await writer.Streams.CloseAsync(Run, "out", Limit);

        await reading.WaitAsync(Limit);
        seen.Should().Equal(Enumerable.Range(0, 100).Select(i => (byte)i));
    }

    // Each looks for what the other has committed every 20 ms.
    private static void WithRealTime(WorldOptions options) => options.TimeProvider = TimeProvider.System;
}
