using FluentAssertions;
using TursoWorld.Ids;
using Xunit;

namespace TursoWorld.Tests.Ids;

public sealed class UlidTests
{
    [Theory]
    [InlineData(0, "0000000000")]
    [InlineData(1, "0000000001")]
    [InlineData(1_469_918_176_385, "01ARYZ6S41")]
    [InlineData(281_474_976_710_655, "7ZZZZZZZZZ")]
    public void Time_comes_first_and_as_the_specification_encodes_it(long milliseconds, string encoded)
    {
        var ulid = Ulid.Format(milliseconds, UInt128.Zero);

        ulid.Should().Be(encoded + "0000000000000000");
        Ulid.IsValid(ulid).Should().BeTrue();
    }

    [Fact]
    public void Eighty_random_bits_fill_the_rest()
    {
        var random = Ulid.ReadRandom([255, 255, 255, 255, 255, 255, 255, 255, 255, 255]);

        Ulid.Format(0, random).Should().Be("0000000000ZZZZZZZZZZZZZZZZ");
    }

    [Fact]
    public void Ten_bytes_are_read_most_significant_first()
    {
        var random = Ulid.ReadRandom([1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

        random.Should().Be(((UInt128)1 << 72) + 2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FA")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FAVV")]
    [InlineData("81ARYZ6S41TSV4RRFFQ69G5FAV")]
    [InlineData("01aryz6s41tsv4rrffq69g5fav")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FAI")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FAL")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FAO")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FAU")]
    [InlineData("01ARYZ6S41TSV4RRFFQ69G5FA ")]
    [InlineData("０1ARYZ6S41TSV4RRFFQ69G5FA")]
    public void What_is_not_canonical_is_no_ULID(string text) => Ulid.IsValid(text).Should().BeFalse();

    [Fact]
    public void The_example_of_the_specification_is_a_ULID() =>
        Ulid.IsValid("01ARZ3NDEKTSV4RRFFQ69G5FAV").Should().BeTrue();
}
