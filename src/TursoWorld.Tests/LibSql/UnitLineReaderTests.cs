using System.Text;
using FluentAssertions;
using TursoWorld.LibSql.Http;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class UnitLineReaderTests
{
    [Theory]
    [InlineData("", 10)]
    [InlineData("one\ntwo\n", 1)]
    [InlineData("one\ntwo\n", 3)]
    [InlineData("one\ntwo\n", 100)]
    [InlineData("one\n\nno end", 2)]
    public async Task Lines_are_whole_however_they_arrive_and_then_there_are_no_more(string text, int portion) =>
        (await LinesAsync(text, portion)).Should().Equal(text.Split('\n').SkipLast(text.EndsWith('\n') || text.Length == 0 ? 1 : 0));

    [Fact]
    public async Task A_line_may_be_longer_than_the_buffer()
    {
        string[] lines = ["short", new string('x', 200_000), "short again", new string('y', 70_000)];

        (await LinesAsync(string.Join('\n', lines), 50_000)).Should().Equal(lines);
    }

    private static async Task<List<string>> LinesAsync(string text, int portion)
    {
        await using var stream = new Portions(Encoding.UTF8.GetBytes(text), portion);
        using var reader = new LineReader(stream);
        var lines = new List<string>();
        while (await reader.NextAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
            lines.Count.Should().BeLessThan(10, "it must end");
        }

        return lines;
    }

    /// <summary>Bytes that come a few at a time, as from a network.</summary>
    private sealed class Portions(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
