using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TursoWorld.LibSql;

/// <summary>A statement of a batch.</summary>
public sealed class LibSqlBatchCommand : DbBatchCommand
{
    private string _commandText = "";

    private int _recordsAffected = -1;

    /// <summary>Without text yet.</summary>
    public LibSqlBatchCommand()
    {
    }

    /// <param name="commandText">The SQL.</param>
    public LibSqlBatchCommand(string? commandText)
    {
        CommandText = commandText;
    }

    /// <inheritdoc/>
    public override bool CanCreateParameter => true;

    /// <summary>The SQL.</summary>
    [AllowNull]
    public override string CommandText
    {
        get => _commandText;
        set => _commandText = value ?? "";
    }

    /// <summary>Always <see cref="CommandType.Text"/>; SQLite has no procedures.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text)
            {
                throw new ArgumentException($"SQLite has no {value} commands; write the SQL.");
            }
        }
    }

    /// <summary>Values for the parameters in the SQL.</summary>
    public new LibSqlParameterCollection Parameters { get; } = new();

    /// <summary>How many rows it has changed; -1 when it only reads, or was not executed.</summary>
    public override int RecordsAffected => _recordsAffected;

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <inheritdoc/>
    public override DbParameter CreateParameter() => new LibSqlParameter();

    internal void Executed(long recordsAffected) => _recordsAffected = (int)Math.Min(recordsAffected, int.MaxValue);
}
