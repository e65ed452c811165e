using FluentAssertions;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class PublicApiTests
{
    private const string Shop = """
        namespace Shop;

        public abstract record Order(string? Note) { internal int Secret { get; set; } }
        public sealed class Till<T> : IDisposable where T : class
        {
            public const string Code = "A\n";
            public required T? Item { get; init; }
            public int Count { get; private set; }
            public int this[string key] => 0;
            public event EventHandler? Rang;
            public Task<T> PayAsync<TIn>(TIn? input, int times = 3, CancellationToken token = default) => null!;
            public void Dispose() { }
        }
        public enum Coin { Cent = 1, Dime = 10 }
        public readonly record struct Price(decimal Amount);
        public interface IShop { Coin Coin { get; } void Open(params string[] names); }
        public static class ShopExtensions { public static void Close(this IShop shop, out bool done) => done = true; }
        public delegate bool Check<in T>(T value);
        public class Base { protected Base(int size) { } protected virtual void Grow() { } public class Inner; }
        internal class Hidden { public int Seen; public class Nested; }
        """;

    [Fact]
    public Task The_public_surface_is_what_its_files_say() => CheckAsync("TursoWorld", LibrarySources.Current);

    [Fact]
    public Task The_public_surface_of_the_provider_is_what_its_files_say() =>
        CheckAsync("TursoWorld.LibSql", LibrarySources.Provider);

    [Fact]
    public void The_surface_is_rendered_as_declarations()
    {
        var sources = LibrarySources.Of(("Shop.cs", Shop));

        PublicSurface.Render(sources).Should().Equal(
            "Shop.Base | class",
            "Shop.Base | protected Base(int size)",
            "Shop.Base | protected virtual void Grow()",
            "Shop.Base.Inner | class",
            "Shop.Base.Inner | Inner()",
            "Shop.Check<T> | delegate bool Check<in T>(T value)",
            "Shop.Coin | enum",
            "Shop.Coin | Cent = 1",
            "Shop.Coin | Dime = 10",
            "Shop.IShop | interface",
            "Shop.IShop | Coin Coin { get; }",
            "Shop.IShop | void Open(params string[] names)",
            "Shop.Order | abstract record",
            "Shop.Order | protected Order(string? Note)",
            "Shop.Order | string? Note { get; init; }",
            "Shop.Price | readonly record struct",
            "Shop.Price | Price(decimal Amount)",
            "Shop.Price | decimal Amount { get; init; }",
            "Shop.ShopExtensions | static class",
            "Shop.ShopExtensions | static void Close(this IShop shop, out bool done)",
            "Shop.Till<T> | sealed class : IDisposable where T : class",
            "Shop.Till<T> | Till()",
            "Shop.Till<T> | const string Code = \"A\\n\"",
            "Shop.Till<T> | int Count { get; }",
            "Shop.Till<T> | void Dispose()",
            "Shop.Till<T> | required T? Item { get; init; }",
            "Shop.Till<T> | Task<T> PayAsync<TIn>(TIn? input, int times = 3, CancellationToken token = default)",
            "Shop.Till<T> | event EventHandler? Rang",
            "Shop.Till<T> | int this[string key] { get; }");
    }

    private static async Task CheckAsync(string project, LibrarySources sources)
    {
        var surface = PublicSurface.Render(sources);
        var shipped = await ReadAsync(RepositoryRoot.File("src", project, "PublicAPI.Shipped.txt"));
        var unshipped = RepositoryRoot.File("src", project, "PublicAPI.Unshipped.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1")
        {
            var text = string.Concat(surface.Except(shipped).Select(line => $"{line}\n"));
            await File.WriteAllTextAsync(unshipped, text, TestContext.Current.CancellationToken);
        }

        string[] listed = [.. shipped, .. await ReadAsync(unshipped)];

        const string Remedy = "run the tests with UPDATE_PUBLIC_API=1 and review the diff";
        surface.Except(listed).Should().BeEmpty($"a public change is a decision; {Remedy}");
        listed.Except(surface).Should().BeEmpty($"what is listed exists; {Remedy}, or edit the shipped file");
        listed.Should().OnlyHaveUniqueItems();
    }

    private static async Task<string[]> ReadAsync(string path) =>
        [.. (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Where(line => line.Length > 0)];
}
