using FluentAssertions;
using SQLitePCL;
using TursoWorld.Sql;
using TursoWorld.Sql.Sqlite;
using Xunit;

namespace TursoWorld.Tests.Sqlite;

public sealed class SqliteErrorsTests
{
    private const string Schema = """
        CREATE VIEW guard AS SELECT NULL AS kind WHERE FALSE;
        CREATE TRIGGER guard_lease INSTEAD OF INSERT ON guard WHEN NEW.kind = 'lease'
        BEGIN SELECT RAISE(ABORT, 'guard: lease'); END;
        CREATE TRIGGER guard_position INSTEAD OF INSERT ON guard WHEN NEW.kind = 'position'
        BEGIN SELECT RAISE(ABORT, 'guard: position'); END;
        CREATE TRIGGER guard_other INSTEAD OF INSERT ON guard WHEN NEW.kind = 'other'
        BEGIN SELECT RAISE(ABORT, 'not a guard: other'); END;
        CREATE TABLE keyed (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INTEGER NOT NULL CHECK (size >= 0));
        CREATE TABLE worded (word TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE loose (x);
        INSERT INTO keyed (id, name, size) VALUES (1, 'a', 1);
        INSERT INTO worded (word) VALUES ('a');
        INSERT INTO loose (rowid, x) VALUES (1, 1);
        """;

    private static readonly Dictionary<int, SqlErrorKind> Primary = new()
    {
        [raw.SQLITE_OK] = SqlErrorKind.None,
        [raw.SQLITE_ERROR] = SqlErrorKind.Other,
        [raw.SQLITE_INTERNAL] = SqlErrorKind.Other,
        [raw.SQLITE_PERM] = SqlErrorKind.CannotOpen,
        [raw.SQLITE_ABORT] = SqlErrorKind.Other,
        [raw.SQLITE_BUSY] = SqlErrorKind.Busy,
        [raw.SQLITE_LOCKED] = SqlErrorKind.Busy,
        [raw.SQLITE_NOMEM] = SqlErrorKind.OutOfMemory,
        [raw.SQLITE_READONLY] = SqlErrorKind.ReadOnly,
        [raw.SQLITE_INTERRUPT] = SqlErrorKind.Interrupted,
        [raw.SQLITE_IOERR] = SqlErrorKind.Io,
        [raw.SQLITE_CORRUPT] = SqlErrorKind.Corrupt,
        [raw.SQLITE_NOTFOUND] = SqlErrorKind.Other,
        [raw.SQLITE_FULL] = SqlErrorKind.Full,
        [raw.SQLITE_CANTOPEN] = SqlErrorKind.CannotOpen,
        [raw.SQLITE_PROTOCOL] = SqlErrorKind.Busy,
        [raw.SQLITE_EMPTY] = SqlErrorKind.Other,
        [raw.SQLITE_SCHEMA] = SqlErrorKind.Other,
        [raw.SQLITE_TOOBIG] = SqlErrorKind.TooBig,
        [raw.SQLITE_CONSTRAINT] = SqlErrorKind.ConstraintViolation,
        [raw.SQLITE_MISMATCH] = SqlErrorKind.Other,
        [raw.SQLITE_MISUSE] = SqlErrorKind.Other,
        [raw.SQLITE_NOLFS] = SqlErrorKind.Other,
        [raw.SQLITE_AUTH] = SqlErrorKind.Other,
        [raw.SQLITE_FORMAT] = SqlErrorKind.Other,
        [raw.SQLITE_RANGE] = SqlErrorKind.Other,
        [raw.SQLITE_NOTADB] = SqlErrorKind.NotADatabase,
        [raw.SQLITE_NOTICE] = SqlErrorKind.Other,
        [raw.SQLITE_WARNING] = SqlErrorKind.Other,
        [raw.SQLITE_ROW] = SqlErrorKind.None,
        [raw.SQLITE_DONE] = SqlErrorKind.None,
    };

    [Fact]
    public void Every_primary_code_is_classified()
    {
        Primary.Keys.Should().BeEquivalentTo([.. Enumerable.Range(0, 29), raw.SQLITE_ROW, raw.SQLITE_DONE]);

        foreach (var (code, kind) in Primary)
        {
            SqliteErrors.Classify(code, "", out var guardKind).Should().Be(kind, "code {0} is that", code);
            guardKind.Should().BeNull();
        }
    }

    [Theory]
    [InlineData(1555, nameof(SqlErrorKind.UniqueViolation))]
    [InlineData(2067, nameof(SqlErrorKind.UniqueViolation))]
    [InlineData(2579, nameof(SqlErrorKind.UniqueViolation))]
    [InlineData(275, nameof(SqlErrorKind.ConstraintViolation))]
    [InlineData(787, nameof(SqlErrorKind.ConstraintViolation))]
    [InlineData(1299, nameof(SqlErrorKind.ConstraintViolation))]
    [InlineData(1811, nameof(SqlErrorKind.ConstraintViolation))]
    [InlineData(261, nameof(SqlErrorKind.Busy))]
    [InlineData(517, nameof(SqlErrorKind.Busy))]
    [InlineData(262, nameof(SqlErrorKind.Busy))]
    [InlineData(1034, nameof(SqlErrorKind.Io))]
    [InlineData(3082, nameof(SqlErrorKind.OutOfMemory))]
    [InlineData(8458, nameof(SqlErrorKind.Corrupt))]
    [InlineData(779, nameof(SqlErrorKind.Corrupt))]
    [InlineData(1544, nameof(SqlErrorKind.ReadOnly))]
    [InlineData(1032, nameof(SqlErrorKind.Replaced))]
    [InlineData(526, nameof(SqlErrorKind.CannotOpen))]
    public void Extended_codes_say_more_where_it_matters(int code, string kind) =>
        SqliteErrors.Classify(code, "", out _).ToString().Should().Be(kind);

    [Theory]
    [InlineData("INSERT INTO guard (kind) VALUES ('lease')", nameof(SqlErrorKind.GuardFailed), "lease")]
    [InlineData("INSERT INTO guard (kind) VALUES ('position')", nameof(SqlErrorKind.GuardFailed), "position")]
    [InlineData("INSERT INTO guard (kind) VALUES ('other')", nameof(SqlErrorKind.ConstraintViolation), null)]
    [InlineData("INSERT INTO keyed (name, size) VALUES ('a', 1)", nameof(SqlErrorKind.UniqueViolation), null)]
    [InlineData("INSERT INTO keyed (id, size) VALUES (1, 1)", nameof(SqlErrorKind.UniqueViolation), null)]
    [InlineData("INSERT INTO worded (word) VALUES ('a')", nameof(SqlErrorKind.UniqueViolation), null)]
    [InlineData("INSERT INTO loose (rowid) VALUES (1)", nameof(SqlErrorKind.UniqueViolation), null)]
    [InlineData("INSERT INTO keyed (size) VALUES (NULL)", nameof(SqlErrorKind.ConstraintViolation), null)]
    [InlineData("INSERT INTO keyed (size) VALUES (-1)", nameof(SqlErrorKind.ConstraintViolation), null)]
    [InlineData("INSERT INTO missing (x) VALUES (1)", nameof(SqlErrorKind.Other), null)]
    [InlineData("SELECT 1", nameof(SqlErrorKind.None), null)]
    public void What_statements_really_raise_is_recognised(string statement, string kind, string? guardKind)
    {
        using var database = new RawDatabase(":memory:");
        database.Execute(Schema).Should().Be(raw.SQLITE_OK);

        var code = database.Execute(statement);

        SqliteErrors.Classify(code, database.Message, out var found).ToString().Should().Be(kind);
        found.Should().Be(guardKind);
        var wrapped = $"SQLite Error {code & 0xFF}: '{database.Message}'.";
        SqliteErrors.Classify(code, wrapped, out var foundInWrapped).ToString().Should().Be(kind);
        foundInWrapped.Should().Be(guardKind);
    }

    [Fact]
    public void A_guard_is_recognised_by_its_primary_code_too()
    {
        SqliteErrors.Classify(raw.SQLITE_CONSTRAINT, "guard: lease", out var guardKind)
            .Should().Be(SqlErrorKind.GuardFailed);

        guardKind.Should().Be("lease");
    }

    [Fact]
    public void Text_like_a_guard_under_another_code_is_no_guard()
    {
        SqliteErrors.Classify(raw.SQLITE_ERROR, "guard: lease", out var guardKind).Should().Be(SqlErrorKind.Other);

        guardKind.Should().BeNull();
    }

    [Fact]
    public void Who_finds_the_database_busy_is_told_when_to_try_again()
    {
        var busy = SqliteErrors.ToException(SqlErrorKind.Busy, "file.db", "database is locked", null);
        var full = SqliteErrors.ToException(SqlErrorKind.Full, "file.db", "database or disk is full", null);

        (busy.HttpStatus, busy.RetryAfter, busy.IsTransient).Should().Be((429, TimeSpan.FromSeconds(1), true));
        (full.HttpStatus, full.RetryAfter, full.IsTransient).Should().Be((503, null, true));
    }

    [Theory]
    [InlineData(nameof(SqlErrorKind.GuardFailed), ErrorCodes.Storage, false)]
    [InlineData(nameof(SqlErrorKind.UniqueViolation), ErrorCodes.Storage, false)]
    [InlineData(nameof(SqlErrorKind.ConstraintViolation), ErrorCodes.Storage, false)]
    [InlineData(nameof(SqlErrorKind.Busy), ErrorCodes.DatabaseBusy, true)]
    [InlineData(nameof(SqlErrorKind.Full), ErrorCodes.DiskFull, true)]
    [InlineData(nameof(SqlErrorKind.Io), ErrorCodes.Io, true)]
    [InlineData(nameof(SqlErrorKind.Corrupt), ErrorCodes.DatabaseCorrupt, false)]
    [InlineData(nameof(SqlErrorKind.NotADatabase), ErrorCodes.NotADatabase, false)]
    [InlineData(nameof(SqlErrorKind.ReadOnly), ErrorCodes.DatabaseReadOnly, false)]
    [InlineData(nameof(SqlErrorKind.Replaced), ErrorCodes.DatabaseReplaced, false)]
    [InlineData(nameof(SqlErrorKind.CannotOpen), ErrorCodes.DatabaseUnavailable, false)]
    [InlineData(nameof(SqlErrorKind.Interrupted), ErrorCodes.Storage, true)]
    [InlineData(nameof(SqlErrorKind.OutOfMemory), ErrorCodes.Storage, true)]
    [InlineData(nameof(SqlErrorKind.TooBig), ErrorCodes.Storage, false)]
    [InlineData(nameof(SqlErrorKind.OutcomeUnknown), ErrorCodes.OutcomeUnknown, false)]
    [InlineData(nameof(SqlErrorKind.Other), ErrorCodes.Storage, false)]
    public void Every_kind_has_a_code_a_message_and_a_remedy(string kindName, string code, bool isTransient)
    {
        var kind = Enum.GetValues<SqlErrorKind>().Single(candidate => candidate.ToString() == kindName);
        var inner = new IOException("cause");

        var exception = SqliteErrors.ToException(kind, "workflow.db", "SQLite Error 5: 'it went wrong'.", inner);

        exception.Should().BeOfType<StorageException>();
        exception.Code.Should().Be(code);
        exception.IsTransient.Should().Be(isTransient);
        exception.InnerException.Should().BeSameAs(inner);
        exception.Message.Should().StartWith("Database 'workflow.db' ").And.Contain("(SQLite: it went wrong). ")
            .And.EndWith(".").And.NotContain("!").And.NotContainEquivalentOf("please");
    }
}
