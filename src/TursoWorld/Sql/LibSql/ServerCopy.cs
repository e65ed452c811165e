using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using TursoWorld.Diagnostics;
using TursoWorld.LibSql;
using TursoWorld.Sql.Sqlite;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// Copies a database from a server into a file: within one transaction that reads, so that all of it is of one moment, and row by row.
/// Indexes, views and triggers come after the rows.
/// </summary>
internal sealed class ServerCopy(ServerConnections server, WorldDiagnostics diagnostics)
{
    private const int RowsPerStep = 1_000;

    /// <returns>How many bytes the copy has.</returns>
    /// <exception cref="ConflictException">There is something at the path.</exception>
    public async Task<long> ToNewFileAsync(string path, IReadOnlyList<SqlStatement> finish, CancellationToken cancellationToken)
    {
        SqliteCopy.ThrowIfTaken(path);
        SqliteLibrary.EnsureLoaded();
        var connection = await server.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var snapshot = connection.BeginTransaction(deferred: true);
            await using (snapshot.ConfigureAwait(false))
            {
                return await SqliteCopy.FillNewFileAsync(
                    path, target => FillAsync(connection, target, path, cancellationToken), finish, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task FillAsync(
        LibSqlConnection source, SqliteConnection target, string path, CancellationToken cancellationToken)
    {
        var transaction = target.BeginTransaction();
        await using (transaction.ConfigureAwait(false))
        {
            var objects = await ListAsync(source, ServerCopySql.Objects, cancellationToken).ConfigureAwait(false);
            var tables = objects.Where(static row => row is ["table", ..]).ToList();
            foreach (var table in tables)
            {
                Execute(target, table[2]);
                await CopyRowsAsync(source, target, table[1], path, cancellationToken).ConfigureAwait(false);
            }

            if (tables.Exists(static table => table[2].Contains("AUTOINCREMENT", StringComparison.OrdinalIgnoreCase)))
            {
                Execute(target, ServerCopySql.ForgetKeys);
                await CopyRowsAsync(source, target, ServerCopySql.KeyTable, path, cancellationToken).ConfigureAwait(false);
            }

            foreach (var other in objects.Except(tables))
            {
                Execute(target, other[2]);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CopyRowsAsync(
        LibSqlConnection source, SqliteConnection target, string table, string path, CancellationToken cancellationToken)
    {
        var columns = (await ListAsync(source, ServerCopySql.Columns, cancellationToken, table).ConfigureAwait(false))
            .ConvertAll(static row => row[0]);
        using var insert = Command(target, ServerCopySql.Insert(table, columns));
        foreach (var i in Enumerable.Range(0, columns.Count))
        {
            insert.Parameters.Add(new SqliteParameter($"@c{i}", value: null));
        }

        using var select = (LibSqlCommand)Command(source, ServerCopySql.Select(table, columns)); // as the connection
        select.Streaming = true;
        select.CommandTimeout = 0; // as long as it takes
        var reader = await select.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            for (var rows = 1L; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); rows++)
            {
                for (var i = 0; i < columns.Count; i++)
                {
                    insert.Parameters[i].Value = reader.GetValue(i);
                }

                insert.ExecuteNonQuery();
                if (rows % RowsPerStep == 0)
                {
                    diagnostics.CopyStepped(path);
                }
            }
        }

        diagnostics.CopyStepped(path);
    }

    /// <summary>Rows of texts.</summary>
    private static async Task<List<string[]>> ListAsync(
        LibSqlConnection source, string text, CancellationToken cancellationToken, string? table = null)
    {
        using var select = Command(source, text);
        if (table is not null)
        {
            var parameter = select.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@table", table);
            select.Parameters.Add(parameter);
        }

        var rows = new List<string[]>();
        var reader = await select.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
            }
        }

        return rows;
    }

    private static void Execute(SqliteConnection target, string text)
    {
        using var command = Command(target, text);
        command.ExecuteNonQuery();
    }

    private static DbCommand Command(DbConnection connection, string text)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // of the schema that is copied, its names quoted
        command.CommandText = text;
#pragma warning restore CA2100
        return command;
    }
}
