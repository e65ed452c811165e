using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Architecture;

public sealed class RoomTests
{
    private const string Model = "namespace TursoWorld; public sealed record Order(string Id);";

    private const string Error =
        "namespace TursoWorld; public class Failure(Order order) { public Order Order => order; }";

    private const string Store =
        "namespace TursoWorld.Storage; internal sealed class OrderStore { public static int Count() => 0; }";

    [Fact]
    public void Rooms_open_only_the_doors_they_have() => Doors.Closed(LibrarySources.Current).Should().BeEmpty();

    [Fact]
    public void Every_name_in_the_sources_is_understood()
    {
        // An unknown name would hide a closed door. Other errors come from code that generators add in a build.
        string[] unknownNames = ["CS0103", "CS0234", "CS0246"];

        var errors = LibrarySources.Current.Compilation.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => unknownNames.Contains(diagnostic.Id))
            .Select(diagnostic => diagnostic.ToString());

        errors.Should().BeEmpty();
    }

    [Fact]
    public void A_type_behind_an_open_door_may_be_used() => ClosedDoors(
        ("Models/Order.cs", Model),
        ("Errors/Failure.cs", Error))
        .Should().BeEmpty();

    [Fact]
    public void A_type_behind_a_closed_door_is_reported_with_its_place() => ClosedDoors(
        ("Models/Order.cs", Model),
        ("Ids/IdGenerator.cs", "namespace TursoWorld.Ids;\n\nclass IdGenerator { private Order? _order; }"))
        .Should().Equal("src/TursoWorld/Ids/IdGenerator.cs:3: Ids must not open Models (Order)");

    [Fact]
    public void A_member_is_reported_whose_type_is_not_named() => ClosedDoors(
        ("Models/Order.cs", Model),
        ("Errors/Failure.cs", Error),
        ("Sql/Reader.cs", "namespace TursoWorld.Sql; class Reader { string Read(Failure error) => error.Order.Id; }"))
        .Should().Equal("src/TursoWorld/Sql/Reader.cs:1: Sql must not open Models (Order)");

    [Theory]
    [InlineData("class QueueStore { int Count() => Storage.OrderStore.Count(); }")]
    [InlineData("using static TursoWorld.Storage.OrderStore; class QueueStore { int Count() => Count(); }")]
    [InlineData("using Alias = TursoWorld.Storage.OrderStore; class QueueStore { string Name() => nameof(Alias); }")]
    [InlineData("using TursoWorld.Storage; class QueueStore { System.Func<int> Count() => OrderStore.Count; }")]
    [InlineData("using TursoWorld.Storage; class QueueStore(List<OrderStore[]> stores) { int Count => stores.Count; }")]
    public void Neighbours_do_not_open_each_other_however_the_name_is_written(string code)
    {
        var usings = code[..code.IndexOf("class", StringComparison.Ordinal)];
        var text = $"{usings} namespace TursoWorld.Queue; internal sealed {code[usings.Length..]}";

        ClosedDoors(("Storage/OrderStore.cs", Store), ("Queue/QueueStore.cs", text))
            .Should().Equal("src/TursoWorld/Queue/QueueStore.cs:1: Queue must not open Storage (OrderStore)");
    }

    [Fact]
    public void Only_the_root_hosting_and_testing_know_the_options() => ClosedDoors(
        ("WorldOptions.cs", "namespace TursoWorld; public sealed class WorldOptions;"),
        ("World.cs", "namespace TursoWorld; public sealed class World(WorldOptions options) { object O => options; }"),
        ("Hosting/Host.cs", "namespace TursoWorld.Hosting; class Host(WorldOptions options) { object O => options; }"),
        ("Turns/Writer.cs", "namespace TursoWorld.Turns; class Writer(WorldOptions options) { object O => options; }"))
        .Should().Equal("src/TursoWorld/Turns/Writer.cs:1: Turns must not open the root (WorldOptions)");

    [Fact]
    public void A_folder_that_is_no_room_is_reported() => ClosedDoors(("Utils/Text.cs", "namespace TursoWorld.Utils;"))
        .Should().ContainSingle().Which.Should().Contain("'Utils' is no room");

    private static IReadOnlyList<string> ClosedDoors(params (string Path, string Text)[] files) =>
        Doors.Closed(LibrarySources.Of(files));
}
