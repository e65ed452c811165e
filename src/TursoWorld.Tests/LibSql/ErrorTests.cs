using System.Text;
using FluentAssertions;
using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;
using Xunit;

namespace TursoWorld.Tests.LibSql;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("SQLite error: UNIQUE constraint failed: u.k", "SQLITE_CONSTRAINT", 19, 2067, "UNIQUE constraint failed: u.k")]
    [InlineData("SQLite error: NOT NULL constraint failed: u.v", "SQLITE_CONSTRAINT", 19, 1299, "NOT NULL constraint failed: u.v")]
    [InlineData("SQLite error: CHECK constraint failed: v > 0", "SQLITE_CONSTRAINT", 19, 275, "CHECK constraint failed: v > 0")]
    [InlineData("SQLite error: FOREIGN KEY constraint failed", "SQLITE_CONSTRAINT", 19, 787, "FOREIGN KEY constraint failed")]
    [InlineData("SQLite error: cannot store TEXT value in INT column s.i", "SQLITE_CONSTRAINT", 19, 3091, "cannot store TEXT value in INT column s.i")]
    [InlineData("SQLite error: guard: lease", "SQLITE_CONSTRAINT", 19, 1811, "guard: lease")]
    [InlineData("error executing a request on the primary: UNIQUE constraint failed: r.id", "PROXY_ERROR", 19, 2067, "UNIQUE constraint failed: r.id")]
    [InlineData("error executing a request on the primary: SQLite error: database is locked", "PROXY_ERROR", 5, 5, "database is locked")]
    [InlineData("error executing a request on the primary: no such table: r", "PROXY_ERROR", 1, 1, "no such table: r")]
    [InlineData("SQLite error: database is locked", "SQLITE_BUSY", 5, 5, "database is locked")]
    [InlineData("SQLite error: no such table: nope", "SQLITE_UNKNOWN", 1, 1, "no such table: nope")]
    [InlineData("SQLite error: database or disk is full", "SQLITE_FULL", 13, 13, "database or disk is full")]
    [InlineData("Transaction timed out", "TRANSACTION_TIMEOUT", 4, 516, "Transaction timed out")]
    [InlineData("Response is too large", "RESPONSE_TOO_LARGE", 18, 18, "Response is too large")]
    [InlineData("Arguments do not match SQL parameters: string or blob too big", "ARGS_INVALID", 18, 18, "Arguments do not match SQL parameters: string or blob too big")]
    [InlineData("SQL input error: no such function: pow (at offset 24)", "SQL_INPUT_ERROR", 1, 1, "SQL input error: no such function: pow (at offset 24)")]
    [InlineData("Something new", null, 1, 1, "Something new")]
    public void Codes_of_sqlite_are_recovered(string message, string? code, int primary, int extended, string said)
    {
        var exception = LibSqlErrors.FromServer(new ServerError(message, code));

        exception.SqliteErrorCode.Should().Be(primary);
        exception.SqliteExtendedErrorCode.Should().Be(extended);
        exception.ServerMessage.Should().Be(said);
        exception.ServerCode.Should().Be(code);
        exception.Message.Should().StartWith(said);
        exception.IsOutcomeUnknown.Should().BeFalse();
    }

    [Theory]
    [InlineData("SQLITE_BUSY", true, false)]
    [InlineData("SQLITE_LOCKED", true, false)]
    [InlineData("TRANSACTION_BUSY", true, false)]
    [InlineData("TRANSACTION_TIMEOUT", true, true)]
    [InlineData("SQLITE_CONSTRAINT", false, false)]
    [InlineData("RESPONSE_TOO_LARGE", false, false)]
    [InlineData("BLOCKED", false, false)]
    public void What_may_succeed_later_says_so(string code, bool isTransient, bool isLost)
    {
        var exception = LibSqlErrors.FromServer(new ServerError("m", code));

        exception.IsTransient.Should().Be(isTransient);
        exception.IsTransactionLost.Should().Be(isLost);
    }

    [Theory]
    [InlineData("TRANSACTION_TIMEOUT", "*Repeat it from its beginning*")]
    [InlineData("RESPONSE_TOO_LARGE", "*SequentialAccess*LibSqlCommand.Streaming*")]
    [InlineData("SQLITE_BUSY", "*write lock*")]
    [InlineData("BLOCKED", "*operator*plan*")]
    [InlineData("SQL_MANY_STATEMENTS", "*one statement*")]
    public void A_message_names_the_remedy(string code, string message) =>
        LibSqlErrors.FromServer(new ServerError("m", code)).Message.Should().Match(message);

    [Theory]
    [InlineData(LossEffect.Nothing, true, false, false)]
    [InlineData(LossEffect.TransactionLost, true, false, true)]
    [InlineData(LossEffect.OutcomeUnknown, false, true, false)]
    public void A_lost_answer_means_what_the_request_was(object effect, bool isTransient, bool isUnknown, bool isLost)
    {
        var exception = LibSqlErrors.AnswerLost("It broke.", (LossEffect)effect, cause: null);

        exception.IsTransient.Should().Be(isTransient);
        exception.IsOutcomeUnknown.Should().Be(isUnknown);
        exception.IsTransactionLost.Should().Be(isLost);
    }

    [Theory]
    [InlineData("{\"error\":\"Unauthorized: `The JWT has expired`\"}", "Unauthorized: `The JWT has expired`", null)]
    [InlineData("{\"message\":\"The stream has expired due to inactivity\",\"code\":\"STREAM_EXPIRED\"}", "The stream has expired due to inactivity", "STREAM_EXPIRED")]
    [InlineData("{\"code\":7,\"more\":[1],\"error\":\"e\"}", "e", null)]
    [InlineData("Received an invalid baton", "Received an invalid baton", null)]
    [InlineData("{not json}", "{not json}", null)]
    [InlineData("{\"other\":1}", "{\"other\":1}", null)]
    [InlineData("<html><h1>502 Bad Gateway</h1></html>", "", null)]
    [InlineData(" \n", "", null)]
    public void Every_form_of_an_error_is_understood(string body, string message, string? code) =>
        ErrorBody.Read(Encoding.UTF8.GetBytes(body)).Should().Be(new ServerError(message, code));

    [Fact]
    public void A_long_error_is_cut() =>
        ErrorBody.Read(Encoding.UTF8.GetBytes(new string('x', 10_000))).Message.Length.Should().BeLessThan(1_000);
}
