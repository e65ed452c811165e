using System.Collections.ObjectModel;
using System.Numerics;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

/// <summary>A value comes back from JSON as it went, or it is refused with the type and the member.</summary>
public sealed class SurvivalTests
{
    private static readonly JsonPayloads Payloads = new((JsonSerializerOptions?)null);

    public static TheoryData<object> Surviving =>
    [
        (1, "one"),
        (1, 2, 3, 4, 5, 6, 7, 8, (9, "ten")),
        Tuple.Create(1, "one"),
        new Dictionary<string, (int, string?)> { ["a"] = (1, null) },
        new WithField { Number = 7 },
        BigInteger.Parse("-123456789012345678901234567890", null),
        new Dictionary<BigInteger, BigInteger> { [BigInteger.One] = BigInteger.MinusOne },
        new Positional("a", [1.5m]),
        new Computed(2, 3),
        new WithInit { Name = "n", Inner = new Positional("b", []) },
        new WithIncluded("set", 3),
        new WithFullProperty { Name = "full" },
        new WithSubscribers { Name = "s" },
        new Zoo([new Dog("d", 3), new Cat("c")]),
        new KeyValuePair<string, int>("k", 1),
        "\uFFFD is a character of its own",
        "\0 and \uD83D\uDE00",
        '\uFFFD',
        new byte[] { 0, 255 },
        new LinkedList<int>([1, 2]),
        new Queue<int>([1, 2]),
        DayOfWeek.Friday,
        (DayOfWeek?)DayOfWeek.Friday,
        new DateTimeOffset(2026, 2, 28, 23, 59, 59, 123, TimeSpan.FromHours(2)),
        new DateOnly(2026, 2, 28),
        TimeSpan.FromTicks(1),
        Guid.Empty,
        new Uri("https://example.org/a?b"),
        new Version(1, 2),
        1.10m,
        double.Epsilon,
        Int128.MinValue,
        new List<int?> { null, 1 },
        new { A = 1, B = "b" },
    ];

    public static TheoryData<Type, string> Refused => new()
    {
        { typeof(PrivateSetter), "*'Name' of*PrivateSetter*[JsonInclude]*" },
        { typeof(GetOnly), "*'Name' of*GetOnly*constructor*" },
        { typeof(List<Dictionary<string, GetOnly?>>), "*'Name' of*GetOnly*" },
        { typeof(Behind), "*'_name' of*Behind*private*" },
        { typeof(Hidden), "*'_hits' of*Hidden*private*" },
        { typeof(InternalProperty), "*'Name' of*InternalProperty*" },
        { typeof(ReadOnlyField), "*'Name' of*ReadOnlyField*read-only*" },
        { typeof(DerivedOfLossy), "*'Name' of*" },
        { typeof(WithObject), "*'Anything' of*WithObject*System.Object*" },
        { typeof(object[]), "*An element of*System.Object*" },
        { typeof(Dictionary<string, object>), "*An element of*System.Object*" },
        { typeof(System.Collections.ArrayList), "*An element of*System.Object*" },
        { typeof(IShape), "*IShape is abstract*[JsonDerivedType*" },
        { typeof(WithAbstract), "*Shape is abstract*" },
        { typeof(WithoutDiscriminator), "*no discriminator*" },
        { typeof(TwoConstructors), "*TwoConstructors has no constructor*[JsonConstructor]*" },
        { typeof(Stack<int>), "*reverse order*" },
        { typeof(ReadOnlyCollection<int>), "*can be written and not read*" },
        { typeof(Named), "*'Owner' of*Named*elements only*" },
        { typeof(Complex), "*System.Numerics.Complex*" },
        { typeof(Range), "*System.Range*" },
        { typeof(Exception), "*System.Exception*" },
        { typeof(Stream), "*System.IO.Stream is abstract*" },
    };

    [Theory]
    [MemberData(nameof(Surviving), DisableDiscoveryEnumeration = true)]
    public void What_survives_comes_back_the_same(object value) =>
        typeof(SurvivalTests).GetMethod(nameof(GoesRound), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(value.GetType()).Invoke(null, [value]);

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void What_does_not_survive_is_refused_when_it_is_registered_written_and_read(Type type, string words)
    {
        Action[] uses =
        [
            () => Payloads.Require(type, "The result of workflow 'w'"),
            () => Payloads.Serialize(null, type, "The result of step 's'"),
            () => Read(type),
        ];

        foreach (var use in uses)
        {
            use.Should().Throw<SerializationException>().WithMessage(words).WithMessage("The *'*").Which.Code.Should().Be(ErrorCodes.Serialization);
        }
    }

    [Fact]
    public void What_its_author_leaves_out_may_be_lost()
    {
        var read = RoundTrip(new LeftOut { Kept = 1, Dropped = 2 });

        (read.Kept, read.Dropped, read.Twice).Should().Be((1, 0, 2));
    }

    [Fact]
    public void A_derived_type_is_refused_wherever_its_base_is_declared()
    {
        var alone = () => Payloads.Serialize<Animal>(new Bird("b"), "The result of step 's'");
        var inside = () => Payloads.Serialize(new Cage(new Bird("b")), "The result of step 's'");
        var listed = () => Payloads.Serialize(new List<Animal> { new("a"), new Bird("b") }, "The result of step 's'");

        foreach (var write in new[] { alone, inside, listed })
        {
            write.Should().Throw<SerializationException>().WithMessage("The result of step 's'*Bird stands where*Animal is declared*[JsonDerivedType(typeof(Bird)*");
        }

        inside.Should().Throw<SerializationException>().WithMessage("*Path: $.Inmate*");
        RoundTrip(new Cage(new Animal("a"))).Inmate.Name.Should().Be("a");
    }

    [Fact]
    public void What_is_declared_as_object_is_a_piece_of_json_and_nothing_else()
    {
        var write = () => Payloads.Serialize<object>(1, "The result of step 's'");

        write.Should().Throw<SerializationException>().WithMessage("*System.Object*Int32*JsonElement*");
        Payloads.Deserialize<object?>(Payloads.Serialize<object?>(null, "Nothing"), "Nothing").Should().BeNull();
        var element = JsonSerializer.SerializeToElement(new[] { 1 });
        Payloads.Deserialize<object>(Payloads.Serialize<object>(element, "JSON"), "JSON").ToString().Should().Be("[1]");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_of_a_character_is_refused(bool isRelaxed)
    {
        var payloads = isRelaxed
            ? new JsonPayloads(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            : Payloads;
        Action[] writes =
        [
            () => payloads.Serialize("a\uD800b", "A text"),
            () => payloads.Serialize('\uDC00', "A character"),
            () => payloads.Serialize(new Dictionary<string, int> { ["\uD800"] = 1 }, "A key"),
            () => payloads.Serialize(new Positional("\uFFFD\uD800", []), "A member"),
        ];

        foreach (var write in writes)
        {
            write.Should().Throw<SerializationException>().WithMessage("*half of a character at index*");
        }

        payloads.Deserialize<string>(payloads.Serialize("\uFFFD", "A text"), "A text").Should().Be("\uFFFD");
    }

    [Fact]
    public void Options_without_fields_refuse_what_has_public_ones()
    {
        var payloads = new JsonPayloads(new JsonSerializerOptions());

        var tuple = () => payloads.Serialize((1, "one"), "The result of step 's'");
        var fields = () => payloads.Serialize(new WithField(), "The result of step 's'");

        tuple.Should().Throw<SerializationException>().WithMessage("*'Item1' of System.ValueTuple*IncludeFields*");
        fields.Should().Throw<SerializationException>().WithMessage("*'Number' of*WithField*IncludeFields*");
        payloads.Deserialize<BigInteger>(payloads.Serialize(BigInteger.One, "A number"), "A number").Should().Be(BigInteger.One);
    }

    [Fact]
    public void What_has_a_converter_is_believed()
    {
        var payloads = new JsonPayloads(new JsonSerializerOptions { Converters = { new GetOnlyConverter() } });

        payloads.Deserialize<GetOnly>(payloads.Serialize(new GetOnly("a"), "A"), "A").Name.Should().Be("a");
    }

    [Fact]
    public void A_generated_context_is_checked_alike()
    {
        var payloads = new JsonPayloads(new JsonSerializerOptions { TypeInfoResolver = SurvivalTypes.Default });

        var derived = () => payloads.Serialize(new Cage(new Bird("b")), "A cage");
        var getOnly = () => payloads.Require(typeof(GetOnly), "A name");

        derived.Should().Throw<SerializationException>().WithMessage("*Bird stands where*");
        getOnly.Should().Throw<SerializationException>().WithMessage("*'Name' of*");
        payloads.Deserialize<Positional>(payloads.Serialize(new Positional("a", [1m]), "P"), "P").Should().BeEquivalentTo(new Positional("a", [1m]));
    }

    [Fact]
    public void What_cannot_be_read_says_the_type_the_path_and_the_words_of_the_serializer()
    {
        var read = () => Payloads.Deserialize<List<Positional>>("""[{"Name":"a","Prices":["x"]}]"""u8.ToArray(), "The result of step 's'");

        read.Should().Throw<SerializationException>()
            .WithMessage("The result of step 's'*Positional*The JSON value could not be converted to System.Decimal*$[0].Prices[0]*");
    }

    private static void Read(Type type) =>
        typeof(SurvivalTests).GetMethod(nameof(ReadNull), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).CreateDelegate<Action>().Invoke();

    private static void ReadNull<T>() => Payloads.Deserialize<T>("null"u8.ToArray(), "The input of workflow 'w'");

    private static void GoesRound<T>(T value) => RoundTrip(value).Should().BeEquivalentTo(value, options => options.IncludingFields());

    private static T RoundTrip<T>(T value)
    {
        Payloads.Require(typeof(T), "A value");
        return Payloads.Deserialize<T>(Payloads.Serialize(value, "A value"), "A value");
    }

#pragma warning disable CA1051, CA1822, CA1823, CA1852, CS0414, CS0649, CS0067, CA1024, IDE0044, IDE0051, IDE0052, CA1805, CA1010, CA1710 // types as users write them
    public sealed class WithField
    {
        public int Number;
    }

    public sealed record Positional(string Name, decimal[] Prices);

    public sealed record Computed(int Width, int Height)
    {
        public int Area => Width * Height;
    }

    public sealed class WithInit
    {
        public required string Name { get; init; }

        public Positional? Inner { get; init; }
    }

    public sealed class WithIncluded(string name, int count)
    {
        public string Name { get; } = name;

        [JsonInclude]
        public int Count { get; private set; } = count;
    }

    public sealed class WithFullProperty
    {
        private string _name = "";

        public string Name
        {
            get => _name;
            set => _name = value;
        }
    }

    public sealed class WithSubscribers
    {
        public event EventHandler? Changed;

        public string Name { get; set; } = "";
    }

    public sealed record Zoo(List<Pet> Pets);

    [JsonDerivedType(typeof(Dog), "dog")]
    [JsonDerivedType(typeof(Cat), "cat")]
    public abstract record Pet(string Name);

    public sealed record Dog(string Name, int Age) : Pet(Name);

    public sealed record Cat(string Name) : Pet(Name);

    public sealed class PrivateSetter
    {
        public string? Name { get; private set; }
    }

    public sealed class GetOnly
    {
        public GetOnly()
        {
        }

        public GetOnly(string name) => Name = name;

        public string Name { get; } = "";
    }

    public sealed class Behind
    {
        private string _name = "";

        public string Name => _name;

        public void Rename(string name) => _name = name;
    }

    public sealed class Hidden
    {
        private int _hits;

        public string Name { get; set; } = "";

        public int Hit() => ++_hits;
    }

    public sealed class InternalProperty
    {
        internal string? Name { get; set; }
    }

    public sealed class ReadOnlyField
    {
        public readonly string Name = "";
    }

    public sealed class DerivedOfLossy : LossyBase;

    public class LossyBase
    {
        public string? Name { get; protected set; }
    }

    public sealed record WithObject(object? Anything);

    public interface IShape
    {
        int Sides { get; }
    }

    public abstract class Shape
    {
        public int Sides { get; set; }
    }

    public sealed record WithAbstract(Shape Shape);

    [JsonDerivedType(typeof(More))]
    public class WithoutDiscriminator
    {
        public sealed class More : WithoutDiscriminator;
    }

    public sealed class TwoConstructors
    {
        public TwoConstructors(int a) => A = a;

        public TwoConstructors(int a, int b) => A = a + b;

        public int A { get; }
    }

    public sealed class Named : List<int>
    {
        public string? Owner { get; set; }
    }

    public sealed class LeftOut
    {
        [JsonIgnore]
        private string? _cache;

        public int Kept { get; set; }

        [JsonIgnore]
        public int Dropped { get; set; }

        public int Twice => Kept * 2;

        public override string ToString() => _cache ??= $"{Kept}";
    }

    public record Animal(string Name);

    public sealed record Bird(string Name) : Animal(Name)
    {
        public int Wings { get; init; } = 2;
    }

    public sealed record Cage(Animal Inmate);
#pragma warning restore

    private sealed class GetOnlyConverter : JsonConverter<GetOnly>
    {
        public override GetOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, GetOnly value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
    }
}

[JsonSerializable(typeof(SurvivalTests.Cage))]
[JsonSerializable(typeof(SurvivalTests.GetOnly))]
[JsonSerializable(typeof(SurvivalTests.Positional))]
internal sealed partial class SurvivalTypes : JsonSerializerContext;
