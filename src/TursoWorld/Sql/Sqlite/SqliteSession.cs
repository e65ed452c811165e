using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TursoWorld.Sql.Sqlite;

/// <summary>The writer's connection: prepared statements, result codes, and no waiting for locks.</summary>
internal sealed class SqliteSession : IDisposable
{
    // Holds the values of all statements but those with a payload worth copying twice.
    private const int ScratchBytes = 4096;

    // Statements that stay leave the connection's small fast memory to those that run.
    private const uint PreparePersistent = 0x01;

    // By reference: the texts are constants, and hashing one would cost as much as a small statement.
    private readonly Dictionary<string, PreparedStatement> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly PinnedBytes _scratch = new(ScratchBytes);

    private readonly SqliteConnection _connection;
    private readonly nint _handle; // valid until Dispose

    public SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
        _handle = connection.Handle!.DangerousGetHandle(); // open, so it has one

        // From the beginning: an authorizer that comes later makes SQLite prepare every statement anew.
        raw.sqlite3_set_authorizer(
            connection.Handle,
            (_, action, name, argument, _, _) => IsConfined && !SqliteConfinement.Allows(action, name, argument)
                ? raw.SQLITE_DENY
                : raw.SQLITE_OK,
            null);
    }

    public SqliteConnection Connection => _connection;

    /// <summary>While true, statements are prepared only if what they do ends with the transaction.</summary>
    public bool IsConfined { get; set; }

    /// <summary>False while a transaction is open. True in the middle of one means that SQLite has rolled it back.</summary>
    public bool IsAutocommit => SqliteNative.GetAutocommit(_handle) != 0;

    /// <summary>Moves with every row that a statement writes and does not undo, also when the statement fails.</summary>
    public int TotalChanges => SqliteNative.TotalChanges(_handle);

    public string ErrorMessage => raw.sqlite3_errmsg(_connection.Handle).utf8_to_string();

    public int ExtendedErrorCode => raw.sqlite3_extended_errcode(_connection.Handle);

    /// <returns><c>SQLITE_OK</c>, or the error.</returns>
    public int Run(string text) => Run(new SqlStatement(text));

    /// <returns><c>SQLITE_OK</c>, or the error.</returns>
    public int Run(SqlStatement statement)
    {
        List<SqlRow>? ignored = null;
        return Run(statement, ref ignored);
    }

    /// <param name="statement">The statement and its arguments.</param>
    /// <param name="rows">Gets what the statement returns; made when the first row comes.</param>
    /// <returns><c>SQLITE_OK</c>, or the error.</returns>
    public int Run(SqlStatement statement, ref List<SqlRow>? rows)
    {
        var code = Prepare(statement.Text, out var prepared);
        if (prepared is null)
        {
            return code;
        }

        var result = prepared.Run(statement, ref rows);
        if (result != raw.SQLITE_DONE)
        {
            return result;
        }

        if (statement.ReturnsRowId)
        {
            (rows ??= new(1)).Add(new SqlRow([SqliteNative.LastInsertRowId(_handle)]));
        }

        return raw.SQLITE_OK;
    }

    /// <summary>The integer that a statement without parameters returns; allocates nothing.</summary>
    /// <returns>Zero after an error.</returns>
    public long ReadInteger(string text)
    {
        Prepare(text, out var prepared);
        return prepared?.ReadInteger() ?? 0;
    }

    /// <summary>Makes statements fail with <c>SQLITE_INTERRUPT</c> once the function says so; null takes that back.</summary>
    public void InterruptWhen(Func<bool>? isOver)
    {
        const int InstructionsBetweenCalls = 10_000;
        raw.sqlite3_progress_handler(
            _connection.Handle,
            isOver is null ? 0 : InstructionsBetweenCalls,
            isOver is null ? null : _ => isOver() ? 1 : 0,
            null);
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    /// <returns><c>SQLITE_OK</c>, or the error, and then no statement.</returns>
    private int Prepare(string text, out PreparedStatement? prepared)
    {
        if (_statements.TryGetValue(text, out prepared))
        {
            return raw.SQLITE_OK;
        }

        var code = raw.sqlite3_prepare_v3(_connection.Handle, text, PreparePersistent, out var handle);
        if (code == raw.SQLITE_OK)
        {
            prepared = new PreparedStatement(handle, _scratch);
            _statements.Add(text, prepared);
        }

        return code;
    }
}
