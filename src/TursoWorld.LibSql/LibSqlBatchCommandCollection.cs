using System.Data.Common;

namespace TursoWorld.LibSql;

/// <summary>The statements of a batch, in order.</summary>
public sealed class LibSqlBatchCommandCollection : DbBatchCommandCollection
{
    private readonly List<LibSqlBatchCommand> _commands = [];

    internal LibSqlBatchCommandCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _commands.Count;

    /// <summary>False.</summary>
    public override bool IsReadOnly => false;

    internal IReadOnlyList<LibSqlBatchCommand> Commands => _commands;

    /// <inheritdoc/>
    public override void Add(DbBatchCommand item) => _commands.Add(Checked(item));

    /// <inheritdoc/>
    public override void Clear() => _commands.Clear();

    /// <inheritdoc/>
    public override bool Contains(DbBatchCommand item) => _commands.Contains(Checked(item));

    /// <inheritdoc/>
    public override void CopyTo(DbBatchCommand[] array, int arrayIndex)
    {
        ArgumentNullException.ThrowIfNull(array);
        foreach (var command in _commands)
        {
            array[arrayIndex++] = command;
        }
    }

    /// <inheritdoc/>
    public override IEnumerator<DbBatchCommand> GetEnumerator() => _commands.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(DbBatchCommand item) => _commands.IndexOf(Checked(item));

    /// <inheritdoc/>
    public override void Insert(int index, DbBatchCommand item) => _commands.Insert(index, Checked(item));

    /// <inheritdoc/>
    public override bool Remove(DbBatchCommand item) => _commands.Remove(Checked(item));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _commands.RemoveAt(index);

    /// <inheritdoc/>
    protected override DbBatchCommand GetBatchCommand(int index) => _commands[index];

    /// <inheritdoc/>
    protected override void SetBatchCommand(int index, DbBatchCommand batchCommand) =>
        _commands[index] = Checked(batchCommand);

    private static LibSqlBatchCommand Checked(DbBatchCommand command) => command as LibSqlBatchCommand
        ?? throw new InvalidCastException($"A LibSqlBatchCommand is needed; this is {command?.GetType().ToString() ?? "null"}.");
}
