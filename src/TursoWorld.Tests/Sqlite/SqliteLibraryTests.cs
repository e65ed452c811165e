using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqliteLibraryTests
{
    [Fact]
    public void It_may_be_loaded_by_many_at_once_and_again()
    {
        Parallel.For(0, 8, _ => SqliteLibrary.EnsureLoaded());

        SqliteLibrary.EnsureLoaded();
        raw.sqlite3_libversion_number().Should().BeGreaterThanOrEqualTo(3_053_000);
    }

    [Theory]
    [InlineData("no-such-library.so.7")]
    [InlineData("/no/such/folder/libsqlite3.so")]
    public void A_library_that_cannot_be_loaded_is_named_with_the_variable_and_the_remedy(string library)
    {
        var open = () => SqliteLibrary.Open(library);

        open.Should().Throw<InvalidOptionsException>()
            .Which.Failures.Should().ContainSingle()
            .Which.Should().Contain("WORKFLOW_SQLITE_LIBRARY").And.Contain($"'{library}'")
            .And.Contain("cannot be loaded").And.Contain("remove it");
    }

    [Fact]
    public void A_library_that_is_not_SQLite_is_refused()
    {
        var other = OperatingSystem.IsWindows() ? "kernel32" : "libc";

        var open = () => SqliteLibrary.Open(other);

        open.Should().Throw<InvalidOptionsException>().WithMessage("*is not SQLite*");
    }
}
