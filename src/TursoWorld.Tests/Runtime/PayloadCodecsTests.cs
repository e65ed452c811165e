using System.Text;
using FluentAssertions;
using TursoWorld.Abstractions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class PayloadCodecsTests
{
    private static readonly byte[] Magic = [0, (byte)'T', (byte)'W', 1];

    private static readonly Dictionary<string, byte[]> Payloads = new()
    {
        ["empty"] = [],
        ["null"] = "null"u8.ToArray(),
        ["long"] = Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Range(0, 5_000))),
        ["zeros"] = new byte[100_000],
        ["random"] = Random(5_000),
        ["magic"] = Magic,
        ["a frame of nobody"] = [.. Magic, 3, .. "xyz"u8, 1, 2, 3],
        ["raw frame"] = [.. Magic, 0, 9],
        ["half of the magic"] = Magic[..3],
    };

    private static readonly Dictionary<string, PayloadCodecs> Lists = new()
    {
        ["none"] = PayloadCodecs.None,
        ["compression"] = new([new CompressionCodec(minimumBytes: 0)]),
        ["encryption"] = new([Aes("k1")]),
        ["both"] = new([new CompressionCodec(), Aes("k1")]),
        ["the wrong way round"] = new([Aes("k1"), new CompressionCodec()]),
    };

    public static TheoryData<string, string> Combinations() =>
        [.. from list in Lists.Keys from payload in Payloads.Keys select (list, payload)];

    [Theory]
    [MemberData(nameof(Combinations))]
    public void What_goes_in_comes_out(string list, string payload)
    {
        var codecs = Lists[list];

        var stored = codecs.Encode(Payloads[payload]).ToArray();

        codecs.Decode(stored)!.Value.ToArray().Should().Equal(Payloads[payload]);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void What_was_stored_without_codecs_is_read_with_them(string list, string payload)
    {
        var stored = PayloadCodecs.None.Encode(Payloads[payload]).ToArray();

        Lists[list].Decode(stored)!.Value.ToArray().Should().Equal(Payloads[payload]);
    }

    [Fact]
    public void Absent_stays_absent_and_empty_stays_empty()
    {
        foreach (var codecs in Lists.Values)
        {
            codecs.Encode((ReadOnlyMemory<byte>?)null).Should().BeNull();
            codecs.Decode(null).Should().BeNull();
            codecs.Decode(codecs.Encode(default(ReadOnlyMemory<byte>)).ToArray())!.Value.Length.Should().Be(0);
        }
    }

    [Fact]
    public void Without_codecs_the_bytes_are_the_same_memory()
    {
        ReadOnlyMemory<byte> payload = Payloads["long"];

        PayloadCodecs.None.Encode(payload).Equals(payload).Should().BeTrue();
        PayloadCodecs.None.Decode(payload).Equals(payload).Should().BeTrue();
    }

    [Fact]
    public void What_is_short_or_does_not_shrink_is_not_compressed()
    {
        var codecs = new PayloadCodecs([new CompressionCodec()]);

        codecs.Encode(Payloads["null"]).ToArray().Should().Equal(Payloads["null"]);
        codecs.Encode(Payloads["random"]).ToArray().Should().Equal(Payloads["random"]);
        codecs.Encode(Payloads["long"]).Length.Should().BeLessThan(Payloads["long"].Length / 2);
    }

    [Fact]
    public void The_same_payload_is_encrypted_differently_each_time()
    {
        var codecs = Lists["encryption"];

        var twice = new[] { codecs.Encode(Payloads["long"]).ToArray(), codecs.Encode(Payloads["long"]).ToArray() };

        twice[0].Should().NotEqual(twice[1]);
        Encoding.Latin1.GetString(twice[0]).Should().NotContain("100,101");
    }

    [Fact]
    public void Keys_are_rotated_without_writing_anything_anew()
    {
        var before = new PayloadCodecs([Aes("k1")]);
        var during = new PayloadCodecs([Aes("k2", "k1")]);
        var after = new PayloadCodecs([Aes("k2")]);
        var (old, young) = (before.Encode(Payloads["long"]).ToArray(), during.Encode(Payloads["long"]).ToArray());

        during.Decode(old)!.Value.ToArray().Should().Equal(Payloads["long"]);
        after.Decode(young)!.Value.ToArray().Should().Equal(Payloads["long"]);
        var read = () => after.Decode(old);
        read.Should().Throw<PayloadCodecException>().WithMessage("*'k1'*'aes-gcm'*")
            .Which.Should().BeEquivalentTo(new { Code = ErrorCodes.KeyUnknown, KeyId = "k1", CodecId = "aes-gcm" });
    }

    [Fact]
    public void A_codec_that_is_missing_is_named()
    {
        var stored = Lists["both"].Encode(Payloads["long"]).ToArray();

        var withoutAny = () => PayloadCodecs.None.Decode(stored);
        var withoutOne = () => Lists["encryption"].Decode(stored);

        withoutAny.Should().Throw<PayloadCodecException>().Which.CodecId.Should().Be("aes-gcm");
        withoutOne.Should().Throw<PayloadCodecException>().WithMessage("*'brotli'*")
            .Which.Code.Should().Be(ErrorCodes.CodecUnknown);
    }

    [Theory]
    [InlineData("encryption")]
    [InlineData("both")]
    public void No_byte_can_be_changed_and_none_be_missing(string list)
    {
        var codecs = Lists[list];
        var stored = codecs.Encode("a payload of some length"u8.ToArray()).ToArray();

        for (var i = Magic.Length; i < stored.Length; i++)
        {
            var changed = stored.ToArray();
            changed[i] ^= 1;
            var read = () => codecs.Decode(changed);
            read.Should().Throw<PayloadCodecException>("byte {0} was changed", i);
            var cut = () => codecs.Decode(stored[..i]);
            cut.Should().Throw<PayloadCodecException>("the rest from byte {0} was cut off", i);
        }

        var last = stored.ToArray();
        last[^1] ^= 1;
        var damaged = () => codecs.Decode(last);
        damaged.Should().Throw<PayloadCodecException>().Which.Code.Should().Be(ErrorCodes.PayloadDamaged);
    }

    [Fact]
    public void Compressed_bytes_that_are_damaged_are_a_typed_error()
    {
        var codecs = new PayloadCodecs([new CompressionCodec()]);
        var stored = codecs.Encode(Payloads["long"]).ToArray();

        var cut = () => codecs.Decode(stored[..^5]);
        stored[Magic.Length + 1 + "brotli".Length] ^= 1;
        var otherLength = () => codecs.Decode(stored);

        cut.Should().Throw<PayloadCodecException>().Which.Code.Should().Be(ErrorCodes.PayloadDamaged);
        otherLength.Should().Throw<PayloadCodecException>().Which.Code.Should().Be(ErrorCodes.PayloadDamaged);
    }

    [Fact]
    public void Frames_without_end_are_refused()
    {
        var codecs = new PayloadCodecs([new Endless()]);

        var read = () => codecs.Decode([.. Magic, 7, .. "endless"u8]);

        read.Should().Throw<PayloadCodecException>().Which.Code.Should().Be(ErrorCodes.PayloadDamaged);
    }

    [Fact]
    public void What_a_codec_throws_is_the_cause_of_a_typed_error()
    {
        var codecs = new PayloadCodecs([new Endless()]);

        var write = () => codecs.Encode(Payloads["null"]);

        write.Should().Throw<PayloadCodecException>().WithMessage("*'endless'*nothing was stored*")
            .Which.Should().Match<PayloadCodecException>(e =>
                e.Code == ErrorCodes.CodecFailed && e.InnerException is TimeoutException);
    }

    [Fact]
    public void An_object_in_a_column_of_text_is_base64_once_it_is_encrypted()
    {
        const string Json = """{"a":"ä"}""";

        PayloadCodecs.None.EncodeObject(Json).Should().Be(Json);
        Lists["compression"].EncodeObject(Json).Should().Be(Json, "it is not compressed");
        Lists["encryption"].EncodeObject(Json).Should().NotContain("{");
        Lists["encryption"].DecodeObject(Lists["encryption"].EncodeObject(Json)).Should().Be(Json);
        Lists["encryption"].DecodeObject(Json).Should().Be(Json);
        Lists["encryption"].EncodeObject(null).Should().BeNull();
        var read = () => PayloadCodecs.None.DecodeObject("no base64!");
        read.Should().Throw<PayloadCodecException>().Which.Code.Should().Be(ErrorCodes.PayloadDamaged);
    }

    [Fact]
    public void Keys_that_cannot_be_are_refused()
    {
        var key = new byte[32];
        var wrong = new Action[]
        {
            () => _ = new AesGcmCodec("other", new Dictionary<string, byte[]> { ["k1"] = key }),
            () => _ = new AesGcmCodec("k1", new Dictionary<string, byte[]> { ["k1"] = new byte[16] }),
            () => _ = new AesGcmCodec("k 1", new Dictionary<string, byte[]> { ["k 1"] = key }),
            () => _ = new AesGcmCodec("", new Dictionary<string, byte[]> { [""] = key }),
            () => _ = new CompressionCodec(-1),
        };

        wrong.Should().AllSatisfy(make => make.Should().Throw<ArgumentException>());
    }

    /// <summary>A codec with keys that are the same wherever their ids are.</summary>
    internal static AesGcmCodec Aes(string current, params string[] others) => new(
        current, others.Append(current).ToDictionary(id => id, id => Enumerable.Repeat((byte)id[^1], 32).ToArray()));

    private static byte[] Random(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private sealed class Endless : IPayloadCodec
    {
        public string Id => "endless";

        public ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> payload) => throw new TimeoutException("no key server");

        public ReadOnlyMemory<byte> Decode(ReadOnlyMemory<byte> encoded) => (byte[])[.. Magic, 7, .. "endless"u8];
    }
}
